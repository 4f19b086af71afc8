"""The pages of joining: which there are for whom, what fills their lists, how answers are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from models.people import Sex
from services import rates
from services.clock import age_on, local_date
from services.context import Context
from services.people.errors import TooYoung
from services.people.forms import FAMILY, OWN, Guardian, RegisterForm
from services.people.identity import checked_id_number
from services.places import branches_in, children
from services.queries.public import joining_places
from timebank.i18n import is_english
from timebank.web.forms.base import PageForm
from timebank.web.public import joining_forms as forms
from timebank.web.public.calculator import said

Draft = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of questions."""

    name: str
    title: object
    form: type[PageForm]
    #: Whether this draft needs the page.
    asked: Callable[[Draft], bool] = lambda _draft: True


def _serves(draft: Draft) -> bool:
    return forms.SERVE in draft.get("wishes", ())


STEPS = (
    Step("relation", _l("您和老人"), forms.RelationForm, lambda d: d["how"] == FAMILY),
    Step("who", _l("本人的身份"), forms.WhoForm),
    Step("guardian", _l("监护人同意"), forms.GuardianForm, lambda d: bool(d.get("minor"))),
    Step("county", _l("住在哪里"), forms.CountyForm),
    Step("branch", _l("网点"), forms.BranchForm),
    Step("reach", _l("怎样联系"), forms.ReachForm),
    Step("wish", _l("想做什么"), forms.WishForm),
    Step("offer", _l("能做什么"), forms.OfferForm, _serves),
    Step("terms", _l("服务协议"), forms.TermsForm, lambda d: d["how"] != FAMILY),
    Step("consent", _l("服务协议"), forms.FamilyTermsForm, lambda d: d["how"] == FAMILY),
)


def steps_of(draft: Draft) -> tuple[Step, ...]:
    """The pages that this draft goes through."""
    return tuple(step for step in STEPS if step.asked(draft))


def missing(draft: Draft) -> Step | None:
    """The first page that has not been answered yet."""
    done = draft.get("done", ())
    return next((step for step in steps_of(draft) if step.name not in done), None)


def fill_lists(ctx: Context, form: PageForm, draft: Draft) -> None:
    """Offer what there is to choose from."""
    today = local_date(ctx.now)
    if isinstance(form, forms.CountyForm):
        form.county.choices = [
            (place.code, place.name_en if is_english() else place.name)
            for place in joining_places(ctx, today)
        ]
    elif isinstance(form, forms.BranchForm):
        county = str(draft.get("county", ""))
        here = branches_in(ctx.session, county) if county else ()
        form.branch_id.choices = [
            (str(each.id), each.name_en if is_english() else each.name) for each in here
        ]
        form.branch_id.hints = {str(each.id): f"{each.address} · {each.phone}" for each in here}
        form.region_code.choices = [
            (region.code, region.name_en if is_english() else region.name)
            for region in (children(ctx.session, county, today) if county else ())
        ]
    elif isinstance(form, forms.OfferForm):
        rules = rates.rule_set_on(ctx.session, today)
        form.service_codes.choices = [
            (line.code, said(line.name)) for line in rules.services.values()
        ]


def kept_answers(ctx: Context, form: PageForm, draft: Draft) -> dict[str, Any]:
    """The page's answers as JSON values; refuses an identity that contradicts itself."""
    found = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in form.data.items()
        if name not in ("idempotency_key", "csrf_token")
    }
    if isinstance(form, forms.WhoForm):
        found |= _identity(ctx, form)
    if isinstance(form, forms.CountyForm) and found["county"] != draft.get("county"):
        # A branch and a street belong to their county.
        found |= {"branch_id": None, "region_code": None}
    return found


def _identity(ctx: Context, form: forms.WhoForm) -> dict[str, Any]:
    today = local_date(ctx.now)
    born_on: date = form.born_on.data
    number = checked_id_number(form.id_number.data, Sex(form.sex.data), born_on, today)
    rules = rates.rule_set_on(ctx.session, today)
    age_years = age_on(born_on, today)
    if age_years < rules.earning.minor_age:
        raise TooYoung(field="born_on", minor_age=rules.earning.minor_age)
    return {"id_number": number, "minor": age_years < rules.earning.adult_age}


def shown_answers(draft: Draft) -> dict[str, Any]:
    """The draft as a form wants its data."""
    shown = dict(draft)
    if shown.get("born_on"):
        shown["born_on"] = date.fromisoformat(shown["born_on"])
    return shown


def register_form(draft: Draft) -> RegisterForm:
    """The whole draft as the service wants it."""
    wishes = draft.get("wishes", ())
    guardian = None
    if draft.get("minor"):
        guardian = Guardian(
            draft["guardian_name"], draft["guardian_relation"], draft["guardian_how"]
        )
    is_family = draft["how"] == FAMILY
    return RegisterForm(
        how=draft["how"],
        name=draft["name"],
        sex=Sex(draft["sex"]),
        born_on=date.fromisoformat(draft["born_on"]),
        id_number=draft["id_number"],
        region_code=draft.get("region_code") or draft["county"],
        branch_id=UUID(draft["branch_id"]),
        terms=bool(draft.get("terms")),
        terms_how=draft["terms_how"] if is_family else OWN,
        phone=draft.get("phone"),
        address=draft.get("address") or None,
        contact=draft.get("contact") or None,
        skills=tuple(_words(draft.get("skills") or "")) if _serves(draft) else (),
        service_codes=tuple(draft.get("service_codes") or ()) if _serves(draft) else (),
        wants_to_serve=forms.SERVE in wishes,
        wants_to_receive=forms.RECEIVE in wishes,
        guardian=guardian,
        health=bool(draft.get("health")),
        place=bool(draft.get("place")),
        relation=draft.get("relation") if is_family else None,
    )


def _words(text: str) -> Iterator[str]:
    for sign in "，、;；":
        text = text.replace(sign, ",")
    return (word.strip()[:20] for word in text.split(",") if word.strip())
