"""What a region gives volunteers from so many stars on: precedence and thanks, never money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa

from models.honours import Perk
from services import audit, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.honouring import sentences as say
from services.people.reading import member_row
from services.people.texts import prose
from services.policy import Subject
from services.rules.names import Name
from services.rules.stars import refused_word
from services.stars.standing import stars_of

LONGEST_NAME, LONGEST_TERMS = 60, 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PerkForm:
    """What is said of a perk; both languages."""

    name: str
    name_en: str
    terms: str
    terms_en: str
    from_stars: int
    begins_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class PerkView:
    """A perk as people read it. ``is_open``: the reader has the stars for it; None: unknown."""

    book: str
    id: UUID
    name: Name
    terms: Name
    from_stars: int
    begins_on: date
    ends_on: date | None
    is_open: bool | None


def add_perk(ctx: Context, book: str, form: PerkForm) -> UUID:
    """Let a region give something; returns its id.

    Raises PerkIsMoney where it speaks of money or goods, PerkStars, PerkDays, MissingText.
    """
    policy.require(ctx.actor, "perk.manage", Subject(book=book, region_code=book))
    said = {
        "name": prose(form.name, "name", LONGEST_NAME),
        "name_en": prose(form.name_en, "name_en", LONGEST_NAME),
        "terms": prose(form.terms, "terms", LONGEST_TERMS),
        "terms_en": prose(form.terms_en, "terms_en", LONGEST_TERMS),
    }
    for field, text in said.items():
        if word := refused_word(text):
            raise say.PerkIsMoney(field=field, word=word)
    today = local_date(ctx.now)
    most = max(each.stars for each in rates.rule_set_on(ctx.session, today).stars)
    if not 1 <= form.from_stars <= most:
        raise say.PerkStars(field="from_stars", most=most)
    if form.begins_on < today or (form.ends_on is not None and form.ends_on < form.begins_on):
        raise say.PerkDays(field="begins_on")

    def do() -> dict[str, str]:
        row = Perk(
            book=book,
            id=ctx.new_id(),
            **said,
            from_stars=form.from_stars,
            begins_on=form.begins_on,
            ends_on=form.ends_on,
            made_by_id=ctx.actor.id,
            made_at=ctx.now,
        )
        ctx.session.add(row)
        after = {"from_stars": form.from_stars, "begins_on": form.begins_on.isoformat()}
        audit.record(ctx, "perk.add", "perk", row.id, book=book, after=after)
        ctx.session.flush()
        return {"perk_id": str(row.id)}

    content = {**said, "stars": form.from_stars, "from": form.begins_on, "until": form.ends_on}
    return UUID(once(ctx, book, "perk.add", content, do)["perk_id"])


def end_perk(ctx: Context, book: str, perk_id: UUID) -> None:
    """End a perk today; raises PerkUnknown or PerkEnded."""
    policy.require(ctx.actor, "perk.manage", Subject(book=book, region_code=book))
    row = ctx.session.get(Perk, (book, perk_id))
    if row is None:
        raise say.PerkUnknown
    today = local_date(ctx.now)

    def do() -> dict[str, str]:
        ctx.session.refresh(row, with_for_update=True)
        if row.ends_on is not None and row.ends_on <= today:
            raise say.PerkEnded
        before = {"ends_on": row.ends_on.isoformat() if row.ends_on else None}
        row.ends_on = today
        audit.record(ctx, "perk.end", "perk", row.id, book=book, before=before)
        ctx.session.flush()
        return {}

    once(ctx, book, "perk.end", {"perk_id": perk_id}, do)


def perks_of(ctx: Context, book: str, *, ended: bool = False) -> tuple[PerkView, ...]:
    """What a region gives now and soon (with ``ended`` also what it gave), fewest stars first."""
    policy.require(ctx.actor, "perk.read")
    wanted = [Perk.book == book]
    if not ended:
        today = local_date(ctx.now)
        wanted.append(sa.or_(Perk.ends_on.is_(None), Perk.ends_on >= today))
    rows = ctx.session.scalars(
        sa.select(Perk).where(*wanted).order_by(Perk.from_stars, Perk.begins_on, Perk.id)
    )
    return tuple(_view(row, None) for row in rows)


def perks_for(ctx: Context, member_id: UUID) -> tuple[PerkView, ...]:
    """What the home region gives today, and which of it the actor's own stars open."""
    policy.require(ctx.actor, "perk.read")
    member = member_row(ctx.session, member_id)
    policy.require(ctx.actor, "star.read", Subject(member_id=member_id))
    today = local_date(ctx.now)
    stars = stars_of(ctx.session, member)
    rows = ctx.session.scalars(
        sa.select(Perk)
        .where(
            Perk.book == member.home_book,
            Perk.begins_on <= today,
            sa.or_(Perk.ends_on.is_(None), Perk.ends_on >= today),
        )
        .order_by(Perk.from_stars, Perk.begins_on, Perk.id)
    )
    return tuple(_view(row, stars) for row in rows)


def _view(row: Perk, stars: int | None) -> PerkView:
    return PerkView(
        book=row.book,
        id=row.id,
        name=Name(row.name, row.name_en),
        terms=Name(row.terms, row.terms_en),
        from_stars=row.from_stars,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        is_open=None if stars is None else stars >= row.from_stars,
    )
