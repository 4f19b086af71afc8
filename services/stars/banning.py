"""What a false record or a correction does to stars; called by the acts that find it out."""

from __future__ import annotations

from uuid import UUID

from models.honours import StarAward, StarBan, StarState
from services import audit, outbox, policy, rates
from services.acts import once
from services.clock import local_date
from services.context import Context
from services.ids import derived
from services.people.reading import member_row, subject_of
from services.rules.stars import ban_years, hours_of, months_after
from services.stars import sentences as say
from services.stars.standing import awards_of, ban_id_of, bans_of
from services.visits.days import lock_members

FALSE_RECORD, MISTAKE = "false_record", "mistake"


def ban(ctx: Context, book: str, member_id: UUID, transfer_id: UUID) -> UUID:
    """No stars for one to three years after an upheld false record; services only.

    Every star that stands or is being published is taken back. One ban for each false record:
    asked for again, the same ban's id comes back. The member's row is locked first, so that no
    star is granted beside it.
    """
    lock_members(ctx.session, {member_id})
    key = derived(*ban_id_of(book, member_id, transfer_id))
    if ctx.session.get(StarBan, (book, key)) is not None:
        return key
    member = member_row(ctx.session, member_id)
    today = local_date(ctx.now)
    rules = rates.rule_set_on(ctx.session, today)
    years = ban_years(len(bans_of(ctx.session, member)), rules)
    row = StarBan(
        book=book,
        id=key,
        member_id=member_id,
        from_day=today,
        until_day=months_after(today, 12 * years),
        transfer_id=transfer_id,
        made_by_id=ctx.actor.id,
        made_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    for award in awards_of(ctx.session, member, StarState.GRANTED, StarState.NOTICE):
        _take_back(ctx, award, FALSE_RECORD)
    after = {"until": row.until_day.isoformat(), "transfer": str(transfer_id)}
    audit.record(ctx, "star.ban", "star_ban", key, book=book, after=after, acting_for_id=member_id)
    outbox.tell(ctx, book, member_id, say.BANNED, until_on=row.until_day.isoformat())
    ctx.session.flush()
    return key


def withdraw_stars(ctx: Context, book: str, member_id: UUID) -> int:
    """Take back stars that the hours do not bear any more after a correction; services only.

    The member's served minutes are corrected before. Returns how many were taken back.
    """
    lock_members(ctx.session, {member_id})
    member = member_row(ctx.session, member_id)
    found = 0
    for award in awards_of(ctx.session, member, StarState.GRANTED, StarState.NOTICE):
        rules = rates.rule_set(ctx.session, award.rule_set_version)
        if member.served_minutes >= hours_of(award.stars, rules) * 60:
            continue
        _take_back(ctx, award, MISTAKE)
        outbox.tell(ctx, book, member_id, say.TAKEN_BACK, stars=award.stars)
        found += 1
    ctx.session.flush()
    return found


def lift(ctx: Context, book: str, ban_id: UUID, reason: str) -> None:
    """End a ban because an appeal was right, or it was a mistake; stars are proposed anew.

    Raises BanUnknown, BanOver, StarReasonUnknown or a refusal.
    """
    row = ctx.session.get(StarBan, (book, ban_id))
    if row is None:
        raise say.BanUnknown
    member = member_row(ctx.session, row.member_id)
    policy.require(ctx.actor, "star.decide", subject_of(member))
    if reason not in say.LIFTING:
        raise say.StarReasonUnknown(field="reason")

    def do() -> dict[str, str]:
        lock_members(ctx.session, {row.member_id})
        ctx.session.refresh(row, with_for_update=True)
        if row.lifted_at is not None:
            raise say.BanOver
        row.lifted_at = ctx.now
        audit.record(
            ctx,
            "star.lift",
            "star_ban",
            row.id,
            book=book,
            after={"reason": reason},
            acting_for_id=row.member_id,
        )
        outbox.tell(ctx, book, row.member_id, say.BAN_LIFTED)
        return {}

    once(ctx, book, "star.lift", {"ban_id": ban_id, "reason": reason}, do)


def _take_back(ctx: Context, award: StarAward, reason: str) -> None:
    before = {"state": award.state.value, "stars": award.stars}
    award.state, award.end_reason = StarState.WITHDRAWN, reason
    award.decided_at, award.decided_by_id = ctx.now, ctx.actor.id
    audit.record(
        ctx,
        "star.withdraw",
        "star_award",
        award.id,
        book=award.book,
        before=before,
        after={"state": award.state.value, "reason": reason},
        acting_for_id=award.member_id,
    )
