"""Who may do what: one table, pure functions, deny by default.

Each act names the relations that allow it. A relation is between the actor and the subject of
the act: its elder, its provider, staff of its branch, an auditor of its region, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.errors import Forbidden
from services.rights import ARMS_LENGTH, ELDERS_SIDE, OVERSIGHT, POLICY, READING, TWO_NAMES

STAFF, REGION_ADMIN, AUDITOR, NATIONAL_ADMIN = (
    "branch_staff",
    "region_admin",
    "auditor",
    "national_admin",
)
ROLES = (STAFF, REGION_ADMIN, AUDITOR, NATIONAL_ADMIN)
#: The book of acts that belong to no region (say, publishing a rule set).
NATION = "000000000000"


@dataclass(frozen=True, slots=True)
class Role:
    """A staff role within a scope: a branch id, a 12-digit region code, or the nation."""

    name: str
    scope_kind: str  # branch, region, nation
    scope: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: taken from the login (or the job process), never from a request's body."""

    id: UUID
    name: str
    home_book: str = NATION
    #: Further books with rows about this member: see ``services.people.books``.
    other_books: tuple[str, ...] = ()
    number: str = ""
    is_provider: bool = False
    is_recipient: bool = False
    is_active: bool = True
    roles: tuple[Role, ...] = ()
    #: Elders this person may act for, each with its scope (see, ask, confirm).
    kin: Mapping[UUID, frozenset[str]] = field(default_factory=dict)
    #: Spouse, parents, children and so on: no arm's-length act touches them.
    relatives: frozenset[UUID] = frozenset()
    is_system: bool = False

    @property
    def books(self) -> tuple[str, ...]:
        """Every book with rows about this person, the home book first."""
        return (self.home_book, *self.other_books)

    def acts_for(self, member_id: UUID) -> bool:
        """Whether this is somebody else who has leave to act for the member."""
        return member_id != self.id and bool(self.kin.get(member_id))

    def has_role(self, name: str) -> bool:
        """Whether the actor holds the role anywhere."""
        return any(role.name == name for role in self.roles)


#: The job process. It is nobody's kin and holds no role but its own.
SYSTEM = Actor(id=UUID(int=0), name="系统", is_system=True)
#: Someone who has not logged in.
NOBODY = Actor(id=UUID(int=1), name="", is_active=False)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the act is about. Unknown fields stay None and then allow nothing."""

    book: str | None = None
    region_code: str | None = None
    branch_id: UUID | None = None
    member_id: UUID | None = None
    elder_id: UUID | None = None
    provider_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, with a sentence for a refusal."""

    allowed: bool
    reason: str = ""


NO_RIGHT = "您没有办理这件事的权限。"
NOT_LOGGED_IN = "请先登录。"
NOT_ACTIVE = "您的账户还在等待网点核验身份，核验后就能办理。"
OWN_AFFAIR = "不能办理自己或亲属的事项，请交给其他工作人员。"
ACTS_FOR_ONE = "您替当事人办事，这件事请交给其他工作人员办理。"
AUDITOR_MOVES_NOTHING = "监督人员只能查看，不能办理业务。"


def covers(region_scope: str, code: str | None) -> bool:
    """Whether a region's scope holds a 12-digit code: the same region or one below it."""
    if code is None:
        return False
    if region_scope == NATION:
        return True
    for length in (2, 4, 6, 9):
        if region_scope[length:].strip("0") == "":
            return code.startswith(region_scope[:length])
    return code == region_scope


def _role_relations(role: Role, subject: Subject) -> bool:
    if role.scope_kind == "nation":
        return True
    if role.scope_kind == "branch":
        return subject.branch_id is not None and str(subject.branch_id) == role.scope
    if covers(role.scope, subject.region_code or subject.book):
        return True
    # A service that takes place elsewhere is still the affair of the region that pays for it.
    return subject.book is not None and covers(role.scope, subject.book)


def relations(actor: Actor, subject: Subject) -> frozenset[str]:
    """Every relation that holds between the actor and the subject."""
    found = {"anyone"}
    if actor.is_system:
        return frozenset({"anyone", "system"})
    if actor is NOBODY or actor.id == NOBODY.id:
        return frozenset(found)
    found.add("member")
    if actor.is_provider:
        found.add("volunteer")
    if subject.member_id == actor.id:
        found.add("self")
    if subject.elder_id == actor.id:
        found.add("elder")
    if subject.provider_id == actor.id:
        found.add("provider")
    for person in (subject.elder_id, subject.member_id):
        if person is not None:
            found.update(f"kin:{scope}" for scope in actor.kin.get(person, ()))
    for role in actor.roles:
        if _role_relations(role, subject):
            found.add("staff" if role.name == STAFF else role.name)
    return frozenset(found)


def can(actor: Actor, act: str, subject: Subject = Subject()) -> Decision:
    """Decide one act. An unknown act is a programming error (KeyError), not a refusal."""
    allowed_by = POLICY[act]
    holds = relations(actor, subject) & allowed_by
    if not holds:
        return Decision(False, NOT_LOGGED_IN if actor.id == NOBODY.id else NO_RIGHT)
    if "anyone" in holds or actor.is_system:
        return Decision(True)
    if not actor.is_active and act not in READING:
        return Decision(False, NOT_ACTIVE)
    if actor.has_role(AUDITOR) and act not in READING | OVERSIGHT:
        return Decision(False, AUDITOR_MOVES_NOTHING)
    own = {actor.id} | actor.relatives
    if act in ELDERS_SIDE and subject.elder_id != actor.id and subject.provider_id in own:
        return Decision(False, OWN_AFFAIR)
    if act in ARMS_LENGTH:
        touched = {subject.member_id, subject.elder_id, subject.provider_id} - {None}
        if touched & own:
            return Decision(False, OWN_AFFAIR)
        if act in TWO_NAMES and touched & set(actor.kin):
            return Decision(False, ACTS_FOR_ONE)
    return Decision(True)


def require(actor: Actor, act: str, subject: Subject = Subject()) -> None:
    """Raise :class:`Forbidden` with the decision's sentence unless the act is allowed."""
    decision = can(actor, act, subject)
    if not decision.allowed:
        raise Forbidden(decision.reason)


def may_ever(actor: Actor, act: str) -> bool:
    """Whether some subject exists for which the act could be allowed: the edge's first gate."""
    wanted = POLICY[act]
    if "anyone" in wanted or (actor.is_system and "system" in wanted):
        return True
    if actor.id == NOBODY.id or actor.is_system:
        return False
    held = {"member", "self", "elder", "provider"}
    if actor.is_provider:
        held.add("volunteer")
    for scopes in actor.kin.values():
        held.update(f"kin:{scope}" for scope in scopes)
    held.update("staff" if role.name == STAFF else role.name for role in actor.roles)
    return bool(held & wanted)
