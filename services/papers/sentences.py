"""Refusals of papers, in the words their readers see."""

from __future__ import annotations

from services.errors import Invalid, NotFound


class PaperCodeWrong(Invalid):
    """查验码不对，请对着文书再看一遍。它有12个字母和数字，没有0、1、I、L、O、U、Z。"""

    code = "paper_code_wrong"


class PaperUnknown(NotFound):
    """没有这个查验码的文书。请对着文书再看一遍，或者打服务电话问一问。"""

    code = "paper_unknown"
