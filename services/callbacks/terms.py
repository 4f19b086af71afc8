"""The published terms of call-backs, read from their table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from services.rules.tables import table, table_of


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a question: what follows from it is data."""

    code: str
    zh: str
    en: str
    #: What was recorded is so.
    holds: bool
    #: What was recorded is not so.
    fails: bool
    #: Somebody charged the elder.
    charged: bool


@dataclass(frozen=True, slots=True)
class Question:
    """A line of the script. One that ``decides`` must be known before there is a result."""

    code: str
    zh: str
    en: str
    decides: bool
    answers: tuple[Answer, ...]

    def answer(self, code: str) -> Answer | None:
        """The answer of that code."""
        return next((each for each in self.answers if each.code == code), None)


@dataclass(frozen=True, slots=True)
class SuspensionTerms:
    """How many samples decide, over how many months at most, and how many must have failed."""

    sample: int
    months: int
    failures: int


@dataclass(frozen=True, slots=True)
class Terms:
    """``percent`` of a list is drawn; ``patience_days`` is how long its seed may be waited for."""

    version: str
    percent: int
    witnesses: int
    patience_days: int
    due_working_days: int
    tries: int
    suspension: SuspensionTerms
    #: Fewer calls than so many are no line of the published results.
    least_published: int
    questions: tuple[Question, ...]

    def question(self, code: str) -> Question:
        """The question of that code; KeyError."""
        return {each.code: each for each in self.questions}[code]


def terms() -> Terms:
    """The terms in force."""
    return terms_of(table("callbacks").version)


@cache
def terms_of(version: str) -> Terms:
    """The terms that a list was closed under."""
    content = table_of(version).content
    return Terms(
        version=content["version"],
        percent=content["percent"],
        witnesses=content["witnesses"],
        patience_days=content["patience_days"],
        due_working_days=content["due_working_days"],
        tries=content["tries"],
        suspension=SuspensionTerms(**content["suspension"]),
        least_published=content["least_published"],
        questions=tuple(_question(each) for each in content["questions"]),
    )


def _question(given: Mapping[str, object]) -> Question:
    answers = given["answers"]
    assert isinstance(answers, list)
    return Question(
        code=str(given["code"]),
        zh=str(given["zh"]),
        en=str(given["en"]),
        decides=bool(given["decides"]),
        answers=tuple(
            Answer(
                code=each["code"],
                zh=each["zh"],
                en=each["en"],
                holds=each.get("holds", False),
                fails=each.get("fails", False),
                charged=each.get("charged", False),
            )
            for each in answers
        ),
    )
