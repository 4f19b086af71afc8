"""Forms of one call: the script's questions as the published table has them, or a call in vain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from services.callbacks.calling import ELDER, HEARD, HOW, LONGEST_NOTE, Said
from services.callbacks.script import Script
from services.callbacks.terms import Question
from services.evidence import Upload
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm
from timebank.web.oversight.callback_words import HEARD as HEARD_WORDS
from timebank.web.oversight.callback_words import HOW as HOW_WORDS

#: Before the code of a question, in the name of its field.
ASK = "ask_"


def spoken(thing: Any) -> str:
    """A question's or an answer's words in the reader's language."""
    return str(thing.en if str(get_locale()) == "en" else thing.zh)


class CallForm(PageForm):
    """Who answered and how, what was said, a note and files; the questions are added to it."""

    how = f.ChoiceField(
        _l("怎样问的？"),
        choices=[(code, HOW_WORDS[code]) for code in HOW],
        required=_l("请选是打电话还是上门。"),
    )
    speaker = f.ChoiceField(_l("谁回答的？"), required=_l("请选是谁回答的。"))
    note = f.LongTextField(
        _l("还说了什么"),
        hint=_l("加密保存，只有回访和监督的人能看。最多 400 个字。"),
        max_length=LONGEST_NOTE,
    )
    files = f.FilesField(_l("证明材料"), hint=_l("照片或 PDF，可以不交。"))
    questions: Sequence[Question] = ()

    @classmethod
    def of(cls, it: Script, *sent: Any) -> CallForm:
        """The form of one call-back; given None it is empty whatever was sent."""
        made = type(
            "CallbackForm",
            (cls,),
            {f"{ASK}{each.code}": _asked(each) for each in it.questions},
        )
        form = cast("CallForm", made(*sent))
        form.questions = it.questions
        form.speaker.choices = [
            (ELDER, _l("老人自己")),
            *((str(each.id), each.name) for each in it.relatives),
        ]
        if not form.is_submitted() or sent:
            form.how.data, form.speaker.data = "phone" if it.result is None else "door", ELDER
        return form

    def said(self, files: Sequence[Upload]) -> Said:
        """What was typed, for the service."""
        return Said(
            answers={each.code: self[f"{ASK}{each.code}"].data for each in self.questions},
            speaker=self.speaker.data or "",
            how=self.how.data or "",
            note=self.note.data,
            files=files,
        )

    def refuse(self, error: Any) -> None:
        """A refusal about a question stands at it."""
        if error.field and f"{ASK}{error.field}" in self._fields:
            error.field = f"{ASK}{error.field}"
        super().refuse(error)


def _asked(question: Question) -> Any:
    return f.ChoiceField(
        spoken(question),
        choices=[(each.code, spoken(each)) for each in question.answers],
        required=_l("请选一个回答。"),
    )


class TryForm(PageForm):
    """A call that brought no answers."""

    how = f.SelectField(
        _l("怎样问的？"),
        choices=[(code, HOW_WORDS[code]) for code in HOW],
        prompt=None,
        required=_l("请选是打电话还是上门。"),
    )
    heard = f.SelectField(
        _l("怎么样？"),
        choices=[(code, HEARD_WORDS[code]) for code in HEARD],
        required=_l("请选这次电话的情况。"),
    )
