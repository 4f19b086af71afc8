"""Before a yes nobody learns who it is or where: tried on every page and API answer there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from models.ledger import AccountKind
from services import policy
from services.ledger.accounts import account_id
from services.ledger.drafts import Draft, Leg, Stamp
from services.ledger.post import post
from services.people.tokens import issue_api_token
from services.policy import SYSTEM
from services.requests.asking import AskForm, ask
from services.requests.reviewing import approve
from services.visits.accepting import accept
from tests import factories
from tests.factories import LONGWAN, NOW, make_ctx
from tests.web.client import Browser

NAME, DOOR, PHONE = "欧阳梅花", "永中街道样例路 99 弄 77 号 1201 室", "13587654321"
CONTACT, NOTE = "女儿 13500001234", "钥匙在花盆底下"
LATITUDE_E6, LONGITUDE_E6 = 27_912_345, 120_812_345
#: None of these may be read; the street and the surname may.
SECRETS = (NAME, "77 号", "1201", PHONE, "13500001234", "花盆", "912345", "812345", "暗号梅香")


class Street:
    """An elder who has asked, whose request is open, and two volunteers."""

    def __init__(self, session: Session) -> None:
        factories.create_branch(session)
        self.staff = factories.create_staff(session)
        self.elder = factories.create_elder(
            session,
            grade=2,
            name=NAME,
            phone=PHONE,
            address=DOOR,
            contact=CONTACT,
            latitude_e6=LATITUDE_E6,
            longitude_e6=LONGITUDE_E6,
            door_word="暗号梅香",
        )
        self.reader = factories.create_volunteer(session, "P1")
        self.other = factories.create_volunteer(session, "P1")
        earned = account_id(LONGWAN, AccountKind.EARNED, self.elder)
        legs = (Leg(account_id(LONGWAN, AccountKind.ISSUE), -600), Leg(earned, 600))
        draft = Draft(book=LONGWAN, kind="issue", key="test", legs=legs, effective_at=NOW)
        post(session, [draft], Stamp(NOW, SYSTEM.id))
        form = AskForm(
            elder_id=self.elder,
            service_code="A04",
            starts_at=NOW + timedelta(hours=25),
            booked_minutes=60,
            note=NOTE,
        )
        self.request = ask(self._as(session, self.elder), form)
        approve(self._as(session, self.staff), LONGWAN, self.request)
        reader = self._as(session, self.reader)
        self.token = issue_api_token(reader, "样例程序", 1)

    def _as(self, session: Session, who: UUID) -> object:
        return make_ctx(session, factories.actor(session, who))

    def taken(self, session: Session) -> None:
        """The other volunteer says yes."""
        accept(self._as(session, self.other), LONGWAN, self.request)


@pytest.fixture
def street(given: Callable[[Callable[[Session], Street]], Street]) -> Street:
    return given(Street)


def addresses(app: Flask, street: Street) -> Iterator[str]:
    """Every address that reads something, with the elder, the request and the book filled in."""
    known = {"request_id": street.request, "book": LONGWAN, "elder_id": street.elder}
    adapter = app.url_map.bind("localhost")
    with app.extensions["timebank"].uow.read() as session:
        reader = factories.actor(session, street.reader)
    for rule in app.url_map.iter_rules():
        act = getattr(app.view_functions[rule.endpoint], "policy_act", None)
        # What no relation of hers allows is refused before anything is read.
        if "GET" in (rule.methods or ()) and act and policy.may_ever(reader, act):
            values = {
                name: known.get(name) or _value(rule, name, street) for name in rule.arguments
            }
            yield adapter.build(rule.endpoint, values, append_unknown=False)


def _value(rule: Rule, name: str, street: Street) -> object:
    converter = rule._converters.get(name)
    if converter is None:
        return rule.defaults[name] if rule.defaults else "x"
    kind = type(converter).__name__
    if kind == "AnyConverter":
        return min(converter.items)
    if kind == "UUIDConverter":
        return street.elder
    return {"IntegerConverter": 1, "BookConverter": LONGWAN}.get(kind, "2026-03")


def leaks(app: Flask, street: Street, browser: Browser) -> tuple[list[str], int]:
    """The addresses whose answers hold a secret, and how many answers there were to read."""
    found, read = [], 0
    bearer = {"Authorization": f"Bearer {street.token}"}
    for address in addresses(app, street):
        headers = bearer if address.startswith("/api/") else {}
        answer = (app.test_client() if headers else browser).get(address, headers=headers)
        if answer.status_code == 200 and not address.startswith("/demo"):
            read += 1
            text = answer.get_data(as_text=True)
            found += [f"{address}: {each}" for each in SECRETS if each in text]
        answer.close()
    return found, read


def test_a_volunteer_who_has_not_said_yes_reads_no_name_and_no_door(
    app: Flask, street: Street, login_as: Callable[[UUID], Browser], given: Callable[..., object]
) -> None:
    found, read = leaks(app, street, login_as(street.reader))
    assert found == []
    assert read > 60
    one = f"/volunteer/requests/{street.request}"
    assert "永中街道样例路" in login_as(street.reader).get(one).get_data(as_text=True)
    # Neither when somebody else has said yes, on the pages where the request is.
    given(street.taken)
    browser = login_as(street.reader)
    for address in ("/volunteer/", one):
        text = browser.get(address).get_data(as_text=True)
        assert [each for each in SECRETS if each in text] == []
    # The same secrets are read by whoever said yes, so that the test can fail.
    own = login_as(street.other).get("/volunteer/visits", follow_redirects=True)
    assert own.status_code == 200
