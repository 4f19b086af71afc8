"""Training on the wire."""

from __future__ import annotations

from marshmallow import fields

from services.rules.checked import Code, Document, Flag, Whole, Words
from services.rules.training import MOST_PLACES, MOST_VALID_DAYS
from services.rules.wire import Moment
from timebank.api.lists import WholeList
from timebank.api.schemas.base import At, Id, Out, Prose, Said, name_out

#: A course takes no longer than this.
LONGEST_STUDY_MINUTES = 60_000


class CourseIn(Document):
    """What a course teaches, and which certificate a pass gives."""

    code = Words()
    name = Words()
    name_en = Words()
    contents = Prose()
    certificate_code = Code()
    study_minutes = Whole(1, LONGEST_STUDY_MINUTES)
    organiser = Words()
    valid_days = Whole(1, MOST_VALID_DAYS, load_default=None)


class CourseSessionIn(Document):
    """A course at a time and place."""

    course_id = Id()
    starts_at = Moment()
    ends_at = Moment()
    place = Words()
    trainer = Words()
    places = Whole(1, MOST_PLACES)


class CourseCancelIn(Document):
    """Why: everybody on the list reads it."""

    reason = Prose()


class CoursePlaceIn(Document):
    """Whose place; without it one's own."""

    member_id = Id(load_default=None)


class CourseSignInIn(Document):
    """The six digits in the room."""

    code = Words()


class CourseResultIn(Document):
    """How it ended."""

    passed = Flag()
    score = Whole(0, 100, load_default=None)


class CoursePlaceOut(Out):
    """Where the place stands: booked or waiting."""

    state = Said(required=True)


class CourseResultOut(Out):
    """The certificate that a pass gave."""

    certificate_id = fields.UUID(required=True, allow_none=True)


class CourseSessionOut(Out):
    """A session as a volunteer sees it; ``mine`` is the own place."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    course = name_out(required=True)
    contents = fields.String(required=True)
    certificate = name_out(required=True)
    study_minutes = fields.Integer(required=True)
    valid_days = fields.Integer(required=True, allow_none=True)
    organiser = fields.String(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    place = fields.String(required=True)
    trainer = fields.String(required=True)
    places = fields.Integer(required=True)
    left = fields.Integer(required=True)
    state = Said(required=True)
    mine = Said(required=True, allow_none=True)


class CourseSessionList(WholeList):
    """Sessions by time."""

    items = fields.List(fields.Nested(CourseSessionOut), required=True)


class TrainingRecordOut(Out):
    """One training on record."""

    name = name_out(required=True)
    contents = fields.String(required=True)
    study_minutes = fields.Integer(required=True)
    organiser = fields.String(required=True)
    day = fields.Date(required=True)
    state = Said(required=True)
    score = fields.Integer(required=True, allow_none=True)


class TrainingRecordList(WholeList):
    """A record, newest first."""

    items = fields.List(fields.Nested(TrainingRecordOut), required=True)


class CourseOut(Out):
    """A course of the region."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = name_out(required=True)
    certificate_code = fields.String(required=True)
    study_minutes = fields.Integer(required=True)
    valid_days = fields.Integer(required=True, allow_none=True)
    ended_on = fields.Date(required=True, allow_none=True)


class BranchSessionOut(Out):
    """A session that the branch puts on."""

    id = fields.UUID(required=True)
    course = name_out(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    place = fields.String(required=True)
    places = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    state = Said(required=True)


class CertificateEndingOut(Out):
    """A certificate that ends soon."""

    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    certificate = name_out(required=True)
    ends_on = fields.Date(required=True)


class CourseOpeningOut(Out):
    """A course, the requests that wait for what it teaches, and who lacks only this."""

    course_id = fields.UUID(required=True)
    course = name_out(required=True)
    requests = fields.Integer(required=True)
    people = fields.Integer(required=True)
    next_session_id = fields.UUID(required=True, allow_none=True)


class TrainingOut(Out):
    """What a branch sees of training."""

    courses = fields.List(fields.Nested(CourseOut), required=True)
    sessions = fields.List(fields.Nested(BranchSessionOut), required=True)
    ending = fields.List(fields.Nested(CertificateEndingOut), required=True)
    openings = fields.List(fields.Nested(CourseOpeningOut), required=True)


class AttendeeOut(Out):
    """One person on the list."""

    member_id = fields.UUID(required=True)
    name = fields.String(required=True)
    state = Said(required=True)
    attended_at = At(required=True, allow_none=True)
    attended_how = fields.String(required=True, allow_none=True)
    score = fields.Integer(required=True, allow_none=True)


class CourseSessionFileOut(Out):
    """One session with its list and the code for the room."""

    book = fields.String(required=True)
    id = fields.UUID(required=True)
    course = name_out(required=True)
    starts_at = At(required=True)
    ends_at = At(required=True)
    place = fields.String(required=True)
    trainer = fields.String(required=True)
    places = fields.Integer(required=True)
    state = Said(required=True)
    code = fields.String(required=True)
    people = fields.List(fields.Nested(AttendeeOut), required=True)
