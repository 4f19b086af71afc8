"""The printed logins: one for each part, all with the same password, all invented."""

from __future__ import annotations

from dataclasses import dataclass

from timebank.demo.founding import PASSWORD


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """Somebody the visitor may log in as."""

    login: str
    name: str
    part: str
    part_en: str


LOGINS = (
    DemoLogin("elder", "王秀英", "老人，有互助时间", "Elder with coins"),
    DemoLogin("elder2", "李阿根", "老人，由公益池帮助", "Elder helped by the pool"),
    DemoLogin("family", "王芳", "家人，替王秀英办理", "Family, acts for Wang Xiuying"),
    DemoLogin("volunteer", "李明", "志愿者", "Volunteer"),
    DemoLogin("volunteer2", "张雪梅", "志愿者，养老护理员", "Volunteer, care worker"),
    DemoLogin("branch", "陈静", "网点工作人员", "Branch staff"),
    DemoLogin("admin", "周敏", "区管理员", "Region administrator"),
    DemoLogin("admin2", "郑志远", "区管理员（第二人签署）", "Second region administrator"),
    DemoLogin("auditor", "沈文博", "监督人员", "Auditor"),
    DemoLogin("national", "林向阳", "全国管理员", "National administrator"),
)


def table() -> str:
    """The logins as the console prints them."""
    rows = [
        f"  {login.login:<11} {login.part}（{login.name}） · {login.part_en}" for login in LOGINS
    ]
    return "\n".join([*rows, f"  密码 Password: {PASSWORD}"])
