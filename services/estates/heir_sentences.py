"""Refusals and notices of the list of heirs and their answers, in the words their readers see."""

from __future__ import annotations

from services.errors import Conflict, Invalid, NotFound


class HeirUnknown(NotFound):
    """继承人名单里没有这个人。"""

    code = "heir_unknown"


class HeirsFixed(Conflict):
    """名单现在不能改：还没有核实，或者已经公示、分配。"""

    code = "heirs_fixed"


class HeirTwice(Conflict):
    """{name}已经在名单里了。"""

    code = "heir_twice"


class HeirIsTheDead(Invalid):
    """不能把逝者本人写成继承人。"""

    code = "heir_is_the_dead"


class HeirRelationWrong(Invalid):
    """这种关系不在法定继承的范围里，只有遗嘱或指定可以写。"""

    code = "heir_relation_wrong"


class HeirPartsWrong(Invalid):
    """遗嘱或指定的继承人要写份数，1 到 {most} 之间的整数；法定继承人不写份数。"""

    code = "heir_parts_wrong"


class NotRepresented(Invalid):
    """只有先去世的子女由其后代代位，先去世的兄弟姐妹由其子女代位。"""

    code = "not_represented"


class HeirLives(Invalid):
    """{name}的账户没有登记身故。请先报告并核实去世，再改这里。"""

    code = "heir_lives"


class HeirDiedFirst(Invalid):
    """{name}在逝者之前已经去世，请勾选“先于逝者去世”。"""

    code = "heir_died_first"


class ListContradicts(Conflict):
    """{name}的去世时间与名单不一致，请先更正名单；已经公示的，先登记异议，名单重新打开后再改。"""

    code = "list_contradicts"


class HeirHasLine(Conflict):
    """还有人代替{name}继承，请先删除他们。"""

    code = "heir_has_line"


class RemovalReason(Invalid):
    """请选一个从名单删除的原因。"""

    code = "removal_reason"


class LinkedAlready(Conflict):
    """{name}已经关联了账户。"""

    code = "linked_already"


class LinkTooLate(Conflict):
    """这份时间币已经处理完，不能再关联账户。"""

    code = "link_too_late"


class NamesDiffer(Invalid):
    """名单上是{listed}，账户上是{registered}。请核对编号；看过证件、确实是同一个人的，在关联账户时勾选确认。"""

    code = "names_differ"


class AnswerUnknown(Invalid):
    """请选接受，或者放弃。"""

    code = "answer_unknown"


class AnswersClosed(Conflict):
    """时间币已经分配，不能再改答复了。"""

    code = "answers_closed"


class DeadDoNotAnswer(Conflict):
    """{name}已经去世，不用答复；份额按规定处理。"""

    code = "dead_do_not_answer"


class MayNotDisclaim(Invalid):
    """未成年人和有监护人的人不能放弃继承；不答复就是接受。"""

    code = "may_not_disclaim"


ACCEPTED = "您已答复：接受{name}留下的时间币。分配以前可以改（编号{reference}）。"
DISCLAIMED = (
    "您已答复：放弃{name}留下的时间币。分配以前可以改。"
    "如果不是您本人办理的，请马上联系网点（编号{reference}）。"
)
LINKED = "您的账户已经关联到{name}的继承人名单，可以在“赠送和传承”里查看（编号{reference}）。"
