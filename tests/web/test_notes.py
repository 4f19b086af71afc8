"""Notes on the pages: written by administrators, read by auditors, never seen by members."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from models.ledger import Refusal, Transfer, TransferNote
from tests import factories
from tests.databases import Databases
from tests.factories import LONGWAN
from tests.web.branch_kit import Counter, open_counter
from tests.web.volunteer_kit import Browser

WORDS = "凭据已存网点第 3 柜"


@pytest.fixture
def counter(databases: Databases) -> Iterator[Counter]:
    yield from open_counter(databases)


@pytest.fixture
def admin(counter: Counter) -> Browser:
    """The region's first administrator."""
    return counter.town.phone(counter.street.admins[0])


@pytest.fixture
def auditor(counter: Counter) -> Browser:
    """An auditor of the region."""
    branch = counter.street.branch
    return counter.town.phone(
        counter.given(lambda s: factories.create_auditor(s, branch_id=branch))
    )


@pytest.fixture
def transfer(counter: Counter) -> UUID:
    """Minutes that came to the volunteer."""
    counter.street.give_coins(counter.street.volunteer, 60)
    found: UUID = counter.street.look(lambda s: s.scalars(sa.select(Transfer.id)).one())
    return found


def page(transfer: UUID, act: str = "") -> str:
    return f"/admin/{LONGWAN}/transfers/{transfer}{act}"


def erase_path(counter: Counter) -> str:
    note = counter.street.look(lambda s: s.scalars(sa.select(TransferNote.id)).one())
    return f"/admin/{LONGWAN}/notes/{note}/erase"


def noted(admin: Browser, transfer: UUID) -> str:
    admin.open(page(transfer, "/note"))
    return admin.send(page(transfer, "/note"), text=WORDS)


def test_a_note_is_written_and_shown_to_administrators_and_auditors(
    counter: Counter, admin: Browser, auditor: Browser, transfer: UUID
) -> None:
    assert "还没有备注" in admin.open(page(transfer))
    assert f"{page(transfer)}/note" in admin.page.text
    said = noted(admin, transfer)
    assert admin.path == page(transfer)
    assert WORDS in said
    assert "备注已写上" in admin.page.text
    said = auditor.open(f"/audit/books/{LONGWAN}/transfers/{transfer}")
    assert WORDS in said
    assert "/erase" not in auditor.page.text
    auditor.open(page(transfer, "/note"), 403)
    auditor.open(erase_path(counter), 403)


def test_members_do_not_see_it(counter: Counter, admin: Browser, transfer: UUID) -> None:
    noted(admin, transfer)
    browser = counter.town.mine()
    assert WORDS not in browser.open("/volunteer/coins")
    browser.open(page(transfer), 403)


def test_a_note_sent_twice_is_one(counter: Counter, admin: Browser, transfer: UUID) -> None:
    admin.open(page(transfer, "/note"))
    data = {**admin.hidden(), "text": WORDS}
    for _ in range(2):
        assert admin.client.post(page(transfer, "/note"), data=data).status_code == 303
    assert counter.street.count(TransferNote) == 1


@pytest.mark.parametrize(("text", "sentence"), [("", "请写备注"), ("字" * 501, "最多写 500 个字")])
def test_a_note_without_words_or_with_too_many_is_refused(
    counter: Counter, admin: Browser, transfer: UUID, text: str, sentence: str
) -> None:
    admin.open(page(transfer, "/note"))
    assert sentence in admin.send(page(transfer, "/note"), 422, text=text)
    assert counter.street.count(TransferNote) == 0


def test_erased_words_are_said_to_be_erased(
    counter: Counter, admin: Browser, auditor: Browser, transfer: UUID
) -> None:
    noted(admin, transfer)
    erase = erase_path(counter)
    assert erase in admin.open(page(transfer)) or erase in admin.page.text
    assert WORDS in admin.open(erase)
    old = admin.hidden()
    said = admin.send(erase)
    assert WORDS not in said
    assert "文字已经删去" in said
    said = auditor.open(f"/audit/books/{LONGWAN}/transfers/{transfer}")
    assert WORDS not in said
    assert "文字已经删去" in said
    # The second administrator's page was opened before.
    second = counter.town.phone(counter.street.admins[1])
    second.open(erase)
    answer = second.client.post(erase, data={**second.hidden(), **_token(second, old)})
    assert answer.status_code == 422
    assert "这条备注的文字已经删去了" in answer.text
    assert counter.street.count(Refusal, Refusal.code == "note_erased") == 1


def _token(browser: Browser, other: dict[str, str]) -> dict[str, str]:
    """This browser's own token with another page's key: keys of two people never meet."""
    browser.open("/admin/")
    browser.open(f"/admin/{LONGWAN}/issue/new")
    return {**other, "csrf_token": browser.hidden()["csrf_token"]}


def test_another_region_neither_writes_nor_erases(
    counter: Counter, admin: Browser, transfer: UUID
) -> None:
    noted(admin, transfer)
    far = counter.far_admin()
    far.open(page(transfer, "/note"), 403)
    far.open(erase_path(counter), 403)


def test_in_english(admin: Browser, transfer: UUID) -> None:
    noted(admin, transfer)
    said = admin.english().open(page(transfer))
    assert "Add a note" in said
    assert "Erase the text" in said
