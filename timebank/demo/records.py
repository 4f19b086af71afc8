"""Records in the invented district: who is in charge, a certificate, an honour, and perks."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from models.imports import Import, ImportState
from models.places import Book
from services.clock import local_date
from services.honouring.honours import record_honour
from services.honouring.perks import PerkForm, add_perk
from services.imports import publishing, signing, working
from services.imports.finding import fingerprint
from services.imports.proposing import ImportFiles, ImportForm, propose
from services.people.reading import member_row
from services.proofs.issuing import issue_proof
from services.proofs.sentences import NothingToProve
from services.records.charge import set_person_in_charge
from services.stars import proposing
from timebank.demo.scene import HOME, Cast, Scene

#: Who is in charge of the services of each branch.
IN_CHARGE = ("周敏", "何建国", "沈玉兰")
#: Name and terms in both languages, and from how many stars on.
PERKS = (
    (
        "优先预约体检",
        "Health checks first",
        "每年一次，街道卫生服务中心优先安排。",
        "Once a year, with precedence at the street's health centre.",
        1,
    ),
    (
        "免费进市属公园和博物馆",
        "Free entry to the city's parks and museums",
        "出示星级志愿者页面，本人免票。",
        "Show the page of your stars; for yourself alone.",
        2,
    ),
    (
        "老了优先轮候养老机构",
        "Precedence for a place in a home",
        "同等条件下优先轮候公办养老机构。",
        "Among equals, precedence on the list for public homes.",
        4,
    ),
)


#: The head of a list that an older time bank hands over.
OLD_LIST = (
    "原编号,姓名,身份证号码,志愿者编号,性别,电话,挣得余额,受赠余额,实际服务时长,证人一,证人二"
)
#: Days between the proposal of an old list and its second signature: seven days of notice.
NOTICE_DAYS = 8


def bring_hours(scene: Scene, cast: Cast, people: dict[UUID, int], now: datetime) -> None:
    """Hours that volunteers have served in an older time bank, on its signed ledger.

    Nothing where the district is younger than the notice.
    """
    signed_at = now - timedelta(days=1)
    begun = signed_at - timedelta(days=NOTICE_DAYS)
    founded = scene.session.get_one(Book, HOME).opened_at
    if begun <= founded:
        return
    rows = [OLD_LIST]
    for place, (who, hours) in enumerate(people.items(), start=1):
        member = member_row(scene.session, who)
        cells = [f"L{place}", member.name, "", member.number, "", "", "60", "", hours * 60, "", ""]
        rows.append(",".join(map(str, cells)))
    first, second = cast.admins[:2]
    evidence = {"kind": "ledger", "document": "五马街道互助会账册第 3 号"}
    form = ImportForm("template", "五马街道互助会", cast.branches[0], "A", evidence)
    files = ImportFiles("\n".join([*rows, ""]).encode(), None)
    import_id = propose(scene.actor(first, begun), HOME, form, files)
    publishing.publish(scene.actor(first, begun), HOME, import_id)
    row = scene.session.get_one(Import, (HOME, import_id))
    signing.sign(scene.actor(second, signed_at), HOME, import_id, fingerprint(row))
    while working.work_chunk(scene.system(signed_at), HOME, import_id).state is ImportState.SIGNED:
        continue
    for who in people:
        proposing.propose(scene.system(now - timedelta(hours=2)), who)


def stage(scene: Scene, cast: Cast, honoured: UUID, now: datetime) -> None:
    """Name who is in charge, publish perks, honour one volunteer, and certify the service."""
    admin = cast.admins[0]
    begun = now - timedelta(days=3)
    for branch_id, name in zip(cast.branches, IN_CHARGE, strict=False):
        set_person_in_charge(scene.actor(admin, begun), branch_id, name)
    for name, name_en, terms, terms_en, stars in PERKS:
        form = PerkForm(
            name=name,
            name_en=name_en,
            terms=terms,
            terms_en=terms_en,
            from_stars=stars,
            begins_on=local_date(begun),
        )
        add_perk(scene.actor(admin, begun), HOME, form)
    clerk = cast.staff[cast.branch_of.get(honoured, cast.branches[0])]
    day = local_date(now) - timedelta(days=2)
    record_honour(
        scene.actor(clerk, now - timedelta(days=1)), honoured, "最美志愿者", day, "五马街道办事处"
    )
    others = [each.id for each in cast.volunteers if each.id != honoured]
    bring_hours(scene, cast, {honoured: 118, others[0]: 312}, now)
    try:
        with scene.attempt():
            issue_proof(scene.actor(honoured, now - timedelta(hours=1)), honoured)
    except NothingToProve:
        # A story of a few days may leave nobody with a service that counts.
        return
