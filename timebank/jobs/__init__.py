"""The job process: a job is a name, an interval and service calls, run once for each due time.

Each room of the services has a file of its jobs here; this one puts them together.
"""

from __future__ import annotations

from timebank.jobs import (
    asking,
    callbacks,
    donations,
    entries,
    estates,
    figures,
    flags,
    gifts,
    grants,
    imports,
    moving,
    notices,
    oversight,
    path,
    privacy,
    ratings,
    records,
    reserve,
    returns,
    rolls,
    schedule,
    service_days,
    settlement,
    training,
    verifying,
)
from timebank.jobs.base import Handler, Job

JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        *path.JOBS,
        *reserve.JOBS,
        *returns.JOBS,
        *rolls.JOBS,
        *figures.JOBS,
        *asking.JOBS,
        *notices.JOBS,
        *schedule.JOBS,
        *service_days.JOBS,
        *training.JOBS,
        *records.JOBS,
        *grants.JOBS,
        *gifts.JOBS,
        *donations.JOBS,
        *entries.JOBS,
        *estates.JOBS,
        *imports.JOBS,
        *settlement.JOBS,
        *flags.JOBS,
        *callbacks.JOBS,
        *oversight.JOBS,
        *privacy.JOBS,
        *ratings.JOBS,
        *verifying.JOBS,
    )
}

#: What is done for a task of the due-table, by its kind.
HANDLERS: dict[str, Handler] = {**asking.HANDLERS, **moving.HANDLERS, **schedule.HANDLERS}
