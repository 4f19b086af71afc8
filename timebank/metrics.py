"""Figures for Prometheus: counted in this process, and read from the database when asked.

A process counts what it does itself; the web server and the job process are two, each with a port
of its own, and Prometheus adds them up. What stands in the database (the outbox, the jobs, seals,
the last check) is the same for both and is given by the web server alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from services.context import Context
from services.policy import SYSTEM
from services.queries.admin.operating import Operating, operating
from timebank.counters import COUNTED
from timebank.edge import Timebank


class Own(Collector):
    """What this process counted, and its connections."""

    def __init__(self, held: Timebank) -> None:
        self._held = held

    def collect(self) -> Iterator[Metric]:
        yield from COUNTED.collect()
        pool = self._held.uow.engine.pool
        if isinstance(pool, QueuePool):
            family = GaugeMetricFamily(
                "timebank_database_connections", "Connections of the pool", labels=["state"]
            )
            family.add_metric(["in_use"], pool.checkedout())
            family.add_metric(["idle"], pool.checkedin())
            family.add_metric(["size"], pool.size())
            yield family


class Shared(Collector):
    """What stands in the database, the same for every process."""

    def __init__(self, held: Timebank) -> None:
        self._held = held

    def describe(self) -> Iterable[Metric]:
        """None ahead of time: the database is asked only when Prometheus asks."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self._held.clock()
        try:
            with self._held.uow.read() as session:
                found = operating(
                    Context(session=session, actor=SYSTEM, now=now, vault=self._held.vault)
                )
        except SQLAlchemyError:
            yield _gauge("timebank_database_up", "Whether the database answers", 0)
            return
        yield _gauge("timebank_database_up", "Whether the database answers", 1)
        yield from _families(found, now)


def _families(found: Operating, now: datetime) -> Iterator[Metric]:
    outbox = GaugeMetricFamily(
        "timebank_outbox_waiting", "Messages waiting to go out", labels=["way"]
    )
    oldest = GaugeMetricFamily(
        "timebank_outbox_oldest_seconds", "Age of the one due longest", labels=["way"]
    )
    for line in found.outbox:
        outbox.add_metric([line.way], line.waiting)
        oldest.add_metric([line.way], _age(line.oldest_at, now))
    yield outbox
    yield oldest
    done = GaugeMetricFamily(
        "timebank_job_last_success_timestamp_seconds", "When a job ended well", labels=["job"]
    )
    failed = GaugeMetricFamily(
        "timebank_job_last_failure_timestamp_seconds", "When a job failed", labels=["job"]
    )
    for run in found.jobs:
        if run.succeeded_at is not None:
            done.add_metric([run.job], run.succeeded_at.timestamp())
        if run.failed_at is not None:
            failed.add_metric([run.job], run.failed_at.timestamp())
    yield done
    yield failed
    yield _gauge(
        "timebank_lease_seconds", "Seconds until the scheduler's lease ends; 0: lapsed",
        0 if found.lease_until is None else max(0, -_age(found.lease_until, now)),
    )  # fmt: skip
    fence = CounterMetricFamily("timebank_lease_changes", "Times the lease changed hands")
    fence.add_metric([], found.fence)
    yield fence
    yield _gauge("timebank_tasks_late", "Tasks of the due-table past their moment", found.late)
    yield _gauge("timebank_tasks_given_up", "Tasks given up", found.given_up)
    yield _gauge("timebank_unsealed_transfers", "Waiting for a seal", found.unsealed_transfers)
    yield _gauge("timebank_unsealed_records", "Audit records waiting", found.unsealed_records)
    yield _gauge("timebank_verified_books", "Books with a result", found.verified_books)
    yield _gauge("timebank_unverified_books", "Books without one", found.unverified_books)
    yield _gauge("timebank_breaches", "Breaches of the last checks", found.breaches)
    if found.verified_at is not None:
        yield _gauge(
            "timebank_verified_oldest_seconds",
            "Age of the oldest last check of any book",
            _age(found.verified_at, now),
        )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=value)


def _age(moment: datetime | None, now: datetime) -> float:
    return 0 if moment is None else (now - moment).total_seconds()


def exposed(held: Timebank, *, shared: bool) -> CollectorRegistry:
    """What one process shows; ``shared``: with what stands in the database."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Own(held))
    if shared:
        registry.register(Shared(held))
    return registry


def start(held: Timebank, port: int, *, shared: bool) -> Any:
    """Answer on a port of its own; closed unless the settings name one.

    Returns the server, or None. OSError when the port cannot be had.
    """
    if not port:
        return None
    server, _thread = start_http_server(
        port, addr=held.settings.host, registry=exposed(held, shared=shared)
    )
    return server
