"""Which relations allow which act, and what holds for whole kinds of acts: a table, no code."""

from __future__ import annotations

from collections.abc import Mapping

#: act -> the relations that allow it.
POLICY: Mapping[str, frozenset[str]] = {
    act: frozenset(relations.split())
    for act, relations in {
        # everyone
        "public.read": "anyone",
        "public.join": "anyone",
        "account.use": "member",
        # a member's own affairs
        "member.read": "self kin:see staff region_admin auditor national_admin",
        "member.update": "self staff",
        "statement.read": "self kin:see staff region_admin auditor",
        "delegation.grant": "self staff",
        "delegation.revoke": "self staff",
        # people, at the counter
        "member.register": "staff",
        "member.find": "staff region_admin auditor",
        "identity.check": "staff region_admin national_admin system",
        "assessment.record": "staff",
        "certificate.record": "staff",
        "kinship.record": "staff",
        "consent.record": "staff",
        "card.issue": "staff",
        # family: a relative never gives the elder's coins away, and never says to whom they go
        "guardian.record": "staff",
        "payment.read": "self staff region_admin auditor",
        # giving
        "gift.make": "self staff",
        "gift.take_back": "self staff",
        "gift.refuse": "self staff",
        "gift.read": "self staff region_admin auditor",
        "donation.make": "self staff",
        "donation.read": "self staff region_admin auditor",
        "overflow.set": "self staff",
        "fund.open": "region_admin",
        "fund.close": "region_admin",
        "designation.make": "self staff",
        "designation.read": "self staff",
        "paper.read": "self staff region_admin auditor",
        "paper.check": "anyone",
        # estates: the subject is the dead member, of an heir's own act the heir
        "estate.report": "member system",
        "estate.import": "staff region_admin",
        "estate.verify": "staff region_admin",
        "estate.dismiss": "staff region_admin",
        "estate.read": "staff region_admin auditor national_admin",
        "estate.heirs": "staff",
        "estate.answer": "self staff",
        "estate.publish": "staff",
        "estate.notices": "anyone",
        "estate.object": "member",
        # at the counter: words of whoever has no login
        "estate.take_down": "staff",
        "estate.decide": "region_admin",
        "estate.appeal": "member",
        "estate.decide_appeal": "region_admin national_admin",
        "estate.divide": "region_admin",
        "estate.claim": "self staff",
        "estate.undo": "region_admin",
        # training: who teaches neither passes himself nor his kin
        "course.make": "staff region_admin",
        "training.browse": "volunteer",
        "course.read": "staff region_admin auditor",
        "training.book": "self staff",
        "training.attend": "self",
        "training.assess": "staff",
        "training.read": "self staff region_admin auditor",
        "role.grant": "region_admin national_admin system",
        # the subject is an office of the person whose telephone is lost
        "factor.reset": "region_admin national_admin system",
        # coming and going, wishes, and who must not meet whom
        "availability.update": "self staff",
        "availability.read": "self staff",
        "wish.update": "elder kin:ask staff",
        "wish.read": "elder kin:see staff",
        # Nobody but the member's own side knows whom the member avoids, staff neither.
        "avoidance.update": "self kin:ask",
        "avoidance.read": "self kin:ask",
        "safeguarding.record": "staff",
        "safeguarding.read": "self staff region_admin auditor",
        "accompaniment.record": "staff",
        "incident.report": "elder kin:see provider staff",
        "incident.read": "staff region_admin auditor",
        "incident.decide": "staff region_admin",
        # the path
        "request.ask": "elder kin:ask staff",
        "request.cancel": "elder kin:ask staff",
        "request.review": "staff",
        "request.read": "elder kin:see staff region_admin auditor provider",
        "request.browse": "volunteer",
        "visit.accept": "volunteer",
        # asking is offering: only the one who is asked answers
        "offer.read": "provider",
        "offer.answer": "provider",
        "match.ask": "staff",
        "visit.cancel": "provider staff",
        "visit.move": "elder kin:ask provider staff",
        "visit.check": "provider",
        "visit.slip": "staff",
        "visit.closed_door": "provider staff",
        "visit.confirm": "elder kin:confirm",
        "visit.voice": "staff",
        "visit.review": "staff",
        "visit.read": "elder kin:see provider staff region_admin auditor",
        "visit.codes": "elder kin:see staff",
        # standing visits: never assigned, each date is somebody's own yes
        "series.make": "elder kin:ask staff",
        "series.change": "elder kin:ask staff",
        "series.end": "elder kin:ask staff",
        "series.read": "elder kin:see provider staff region_admin auditor",
        "series.review": "staff",
        "series.agree": "provider",
        "dispute.open": "elder kin:confirm provider",
        "dispute.decide": "staff region_admin",
        "dispute.appeal": "elder kin:confirm provider",
        "dispute.decide_appeal": "region_admin",
        "safety.handle": "staff",
        "branch.work": "staff",
        # matching: who would fit is for those who ask them; what they saw is on record
        "match.read": "staff region_admin",
        "shown.read": "auditor national_admin",
        "fairness.read": "region_admin national_admin",
        "fairness.export": "region_admin national_admin",
        # service days: the team answers itself, nobody is assigned
        "service_day.make": "staff",
        "service_day.read": "staff region_admin auditor",
        "round.invite": "staff",
        "round.stop": "staff",
        "round.answer": "self",
        "round.browse": "volunteer",
        # group sessions
        "group.make": "staff",
        "group.read": "staff region_admin auditor",
        "group.browse": "volunteer",
        "group.lead": "volunteer",
        "group.step_back": "provider staff",
        "group.book": "elder kin:ask staff",
        "group.places": "elder kin:see staff",
        "group.attend": "staff",
        # welfare visits
        "welfare.read": "staff region_admin auditor",
        "welfare.export": "staff region_admin auditor",
        "welfare.record": "staff",
        "welfare.raise": "staff",
        # the region
        "region.work": "region_admin",
        "issue.propose": "region_admin",
        "issue.sign": "region_admin",
        "grant.read": "region_admin auditor",
        "grant.propose": "region_admin",
        "grant.sign": "region_admin",
        "batch.propose": "region_admin",
        "batch.sign": "region_admin",
        "batch.withdraw": "region_admin",
        "batch.read": "region_admin auditor system",
        # A note moves nothing, but auditors only read.
        "transfer.note": "region_admin",
        "note.erase": "region_admin national_admin",
        "book.open": "national_admin system",
        "place.manage": "national_admin system",
        "rates.publish": "national_admin system",
        # notices: how one is reached, who calls whom, what a relative hears
        "notice.read": "self kin:see staff",
        "notice.mark": "self staff",
        "notice.handle": "staff",
        "contact.update": "self staff",
        "call.work": "staff",
        "subscription.update": "kin:see",
        # one country: the subject is one side's region; each side's administrators act for it
        "corridor.propose": "region_admin national_admin",
        "corridor.sign": "region_admin national_admin",
        "corridor.end": "region_admin national_admin",
        "corridor.read": "region_admin auditor national_admin",
        # the subject is the region above: nobody sets his own cap
        "cap.set": "region_admin national_admin",
        "clearing.read": "region_admin auditor national_admin",
        "clearing.export": "region_admin auditor national_admin",
        "clearing.acknowledge": "region_admin",
        "clearing.dispute": "region_admin",
        "clearing.resolve": "region_admin",
        "clearing.close": "system",
        "reserve.record": "region_admin",
        "reserve.sign": "region_admin",
        "reserve.read": "region_admin auditor national_admin",
        # moving home: by the member, or at the counter of the branch moved to
        "member.move": "self staff",
        "move.read": "self staff region_admin auditor",
        "place.succeed": "national_admin system",
        # older time banks, and leaving with everything
        "import.propose": "region_admin",
        "import.publish": "region_admin",
        "import.sign": "region_admin",
        "import.withdraw": "region_admin",
        "import.undo": "region_admin",
        "import.compare": "region_admin",
        "import.read": "region_admin auditor system",
        "import.notices": "anyone",
        "import.object": "member",
        "import.decide": "region_admin",
        "region.export": "region_admin",
        # what a person may ask about the own data; a relative's leave alone does not reach so far
        "privacy.ask": "self kin:see staff",
        "privacy.read": "self kin:see staff region_admin auditor",
        "privacy.export": "self kin:see staff",
        "privacy.decide": "staff region_admin",
        "privacy.run": "system",
        # accounts that are carried along
        "account.export": "self staff",
        "account.close": "self staff",
        "account.check": "anyone",
        "installation.manage": "national_admin",
        # two hands: what one writes down, another signs
        "entry.propose": "staff region_admin",
        "entry.sign": "staff region_admin",
        "entry.withdraw": "staff region_admin",
        "entry.export": "region_admin auditor national_admin",
        "entry.read": "elder kin:see provider staff region_admin auditor",
        "reversal.propose": "region_admin auditor",
        "reversal.sign": "region_admin",
        "reversal.refuse": "region_admin",
        "reversal.withdraw": "region_admin auditor",
        "reversal.export": "region_admin auditor national_admin",
        "reversal.read": "region_admin auditor national_admin",
        # the elder's own money on an errand
        "errand.hand": "provider",
        "errand.return": "provider",
        "errand.agree": "elder kin:confirm",
        "errand.voice": "staff",
        "errand.read": "elder kin:see provider staff region_admin auditor national_admin",
        # what the elder thought of it
        "rating.give": "elder kin:confirm",
        "rating.voice": "staff",
        "rating.read": "elder kin:see provider staff region_admin auditor national_admin",
        # what rules found odd; the subject of a call-back is never asked about by the own branch
        "flag.read": "region_admin auditor national_admin",
        "flag.decide": "region_admin auditor",
        "flag.export": "region_admin auditor national_admin",
        "callback.read": "region_admin auditor national_admin",
        "callback.make": "region_admin auditor",
        "callback.export": "region_admin auditor national_admin",
        "callback.draw": "system",
        "suspension.end": "region_admin",
        # work sheets
        "sheet.read": "staff region_admin auditor national_admin",
        "sheet.open": "region_admin auditor national_admin",
        "sheet.work": "staff region_admin",
        "sheet.close": "staff region_admin",
        "sheet.appeal": "staff",
        "sheet.decide": "region_admin national_admin",
        "sheet.export": "region_admin auditor national_admin",
        # complaints: whoever complains or is complained of is the member
        "complaint.make": "self kin:ask kin:confirm",
        "complaint.take": "staff region_admin",
        "complaint.answer": "self kin:confirm staff region_admin",
        "complaint.read": "self kin:see staff region_admin auditor national_admin",
        # Nobody at a counter takes back what was said against it.
        "complaint.withdraw": "self",
        "complaint.decide": "region_admin",
        "complaint.appeal": "self kin:confirm staff",
        "complaint.decide_appeal": "region_admin national_admin",
        "complaint.export": "region_admin auditor",
        # the record of a volunteer's service, its certificate, stars and honours
        "record.read": "self staff region_admin auditor",
        "record.late": "staff region_admin auditor",
        "record.export": "region_admin national_admin",
        "proof.issue": "self staff",
        "star.read": "self staff region_admin auditor national_admin",
        "star.notices": "anyone",
        "star.object": "member",
        "star.decide": "region_admin national_admin",
        "honour.record": "staff region_admin",
        "perk.manage": "region_admin",
        "perk.read": "anyone",
        "branch.charge": "region_admin",
        # what a region reports, and who is entitled
        "return.close": "system",
        "return.sign": "region_admin",
        "return.read": "region_admin auditor national_admin",
        "return.export": "region_admin auditor national_admin",
        "roll.propose": "region_admin",
        "roll.sign": "region_admin",
        "roll.withdraw": "region_admin",
        "roll.read": "region_admin auditor",
        "roll.export": "region_admin auditor",
        # figures and forecasts
        "cockpit.read": "region_admin auditor national_admin",
        "cockpit.export": "region_admin auditor national_admin",
        "forecast.run": "region_admin auditor national_admin",
        "forecast.read": "region_admin auditor national_admin",
        "forecast.export": "region_admin auditor national_admin",
        # oversight: reads everything in scope, moves nothing
        "ledger.read": "auditor region_admin national_admin",
        "audit.read": "auditor national_admin",
        "audit.export": "auditor national_admin",
        # the job process
        "jobs.run": "system",
        "jobs.read": "national_admin region_admin system",
        "job.retry": "national_admin region_admin",
        # a calendar's secret link
        "feed.read": "anyone",
        "feed.manage": "self",
        "seals.keep": "system",
        "demo.read": "anyone",
    }.items()
}

#: Acts that change nothing but one's own login; an auditor keeps them.
READING = frozenset(
    {act for act in POLICY if act.endswith((".read", ".find", ".browse", ".export", ".codes"))}
    | {"account.use", "public.join", "notice.mark", "paper.check", "estate.notices"}
    | {"import.notices", "account.check", "star.notices", "record.late"}
)

#: What an auditor writes down without moving anything: others act on it, or nobody does.
OVERSIGHT = frozenset(
    "reversal.propose reversal.withdraw flag.decide callback.make sheet.open forecast.run".split()
)

#: Staff acts that nobody does for himself or for his own kin.
ARMS_LENGTH = frozenset(
    "identity.check assessment.record certificate.record kinship.record request.review "
    "series.review "
    "visit.slip visit.voice visit.review dispute.decide role.grant factor.reset group.attend "
    "transfer.note training.assess safeguarding.record accompaniment.record incident.read "
    "incident.decide guardian.record estate.verify estate.dismiss estate.heirs estate.publish "
    "estate.take_down "
    "estate.decide estate.decide_appeal estate.divide estate.undo "
    "entry.propose entry.sign reversal.propose reversal.sign reversal.refuse "
    "errand.voice rating.voice "
    "flag.decide callback.make complaint.decide complaint.decide_appeal dispute.decide_appeal "
    "sheet.close sheet.decide "
    "star.decide honour.record privacy.decide".split()
)

#: Of these, what moves coins by two names: neither name is that of somebody who acts for either.
TWO_NAMES = frozenset(
    "entry.propose entry.sign reversal.propose reversal.sign reversal.refuse".split()
)

#: What only the elder's side does. Whoever came, or is kin of whoever came, is not that side,
#: not even with the elder's leave.
ELDERS_SIDE = frozenset({"visit.confirm", "visit.codes", "errand.agree", "rating.give"})
