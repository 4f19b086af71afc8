"""The one error type. Its sentence is read by people; its kind decides the answer's status."""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["invalid", "forbidden", "not_found", "conflict", "throttled"]


class DomainError(Exception):
    """操作没有完成。"""

    kind: Kind = "invalid"
    code: str = "invalid"
    #: Whether a key that met this refusal keeps it: a conflict is an answer, a fault is none.
    is_answer: bool = True
    #: Whether the unit of work commits although this is raised: what stands is its record.
    commits: bool = False

    def __init__(self, sentence: str | None = None, *, field: str | None = None, **params: Any):
        #: The Chinese sentence with ``{params}``; the edges translate and fill it.
        self.sentence = sentence or (type(self).__doc__ or "").strip()
        self.params = params
        #: The form or schema field that the sentence is about, if there is one.
        self.field = field
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The sentence, filled in plainly (logs and tests; pages use ``i18n.say``)."""
        try:
            return self.sentence.format(**self.params)
        except (KeyError, IndexError):
            return self.sentence


class Invalid(DomainError):
    """填写的内容有误，请检查后再试。"""

    kind, code = "invalid", "invalid"


class Forbidden(DomainError):
    """您没有办理这件事的权限。"""

    kind, code = "forbidden", "forbidden"


class NotFound(DomainError):
    """没有找到您要的内容。"""

    kind, code = "not_found", "not_found"


class Conflict(DomainError):
    """情况已经变化，请刷新后再看一次。"""

    kind, code = "conflict", "conflict"


class Throttled(DomainError):
    """操作太频繁了，请稍后再试。"""

    kind, code = "throttled", "throttled"


class KeyReused(Conflict):
    """同一个操作编号不能用于两件不同的事。"""

    code = "key_reused"
    is_answer = False


class RecordedRefusal(Conflict):
    """操作没有完成，已经记录。"""

    #: A refusal that leaves a trace (a wrong code is counted, a request is put in the queue):
    #: the unit of work commits what was written so far and raises it all the same.
    code = "recorded_refusal"
    commits = True


class LockWider(Exception):
    """The rows locked do not suffice: the unit of work runs again and locks more."""
