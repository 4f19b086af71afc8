"""Questions about who is to inherit, one a page, and the answers given so far.

The browser keeps them, sealed, for the same person alone: names are in no address.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.designations.making import MOST_PARTS, RELATIONS
from services.designations.reading import Named
from services.people.lists import KinView
from timebank.edge import current_actor
from timebank.papers.sheet import RELATIONS as WORDS
from timebank.web.elder.draft import Draft, draft_of, keep
from timebank.web.forms import fields as f
from timebank.web.forms.base import PageForm

COOKIE, PATH = "naming", "/giving"
ELSE = "else"
_CHOOSE = _l("请选一项。")


def relation_word(code: str) -> str:
    """What somebody is to the member, in the reader's language."""
    return str(WORDS.get(code, code))


class WhoForm(PageForm):
    """A relative, or somebody else."""

    answer = f.ChoiceField(_l("想留给谁？"), choices=[], required=_CHOOSE)

    def offer(self, kin: Iterable[KinView]) -> None:
        """Relatives on record, and somebody else."""
        known = [(str(x.member_id), f"{x.name} · {relation_word(x.relation)}") for x in kin]
        self.answer.choices = [*known, (ELSE, _("别的人"))]


class PersonForm(PageForm):
    """Somebody who is not on record as kin; the number is only for members."""

    name = f.TextField(
        _l("姓名"), hint=_l("身份证上的姓名"), required=_l("请写姓名。"), max_length=40
    )
    relation = f.SelectField(
        _l("是您的什么人？"),
        choices=[(code, WORDS[code]) for code in RELATIONS],
        required=_CHOOSE,
    )
    number = f.TextField(_l("志愿者编号"), hint=_l("对方也有账户的话，可以写上。"), max_length=20)


class PartsForm(PageForm):
    """How many parts one person has."""

    parts = f.NumberField(
        _l("给几份？"),
        required=_l("请写一个整数，例如 1。"),
        low=1,
        high=MOST_PARTS,
        hint=_l("每个人都写 1，就是平均分；写 2 的人得到写 1 的人的两倍。"),
    )


def draft() -> Draft:
    """What has been answered so far."""
    return draft_of(current_actor().id, COOKIE, PATH)


def named(kept: Draft) -> tuple[Named, ...]:
    """The people named so far."""
    return tuple(
        Named(UUID(who) if who else None, name, relation, parts)
        for who, name, relation, parts in json.loads(kept.answers.get("named", "[]"))
    )


def keep_named(kept: Draft, lines: Iterable[Named]) -> None:
    """Keep them in the browser."""
    rows: list[Any] = [[str(x.beneficiary_id or ""), x.name, x.relation, x.parts] for x in lines]
    kept.answers = {"named": json.dumps(rows, ensure_ascii=False)} if rows else {}
    keep(kept)
