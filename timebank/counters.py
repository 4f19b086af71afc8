"""What a process counts of its own work; ``timebank.metrics`` shows it. No label is a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from prometheus_client.process_collector import ProcessCollector

# When each began to be counted is a second line for every one of them, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]

#: What this process counts, whichever of its applications does it.
COUNTED = CollectorRegistry()
REQUESTS = Counter(
    "timebank_requests", "Requests answered", ("method", "route", "status"), registry=COUNTED
)
SECONDS = Histogram(
    "timebank_request_seconds",
    "Seconds from a request's arrival to its answer's end",
    ("route",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=COUNTED,
)
RETRIES = Counter("timebank_retries", "Units of work run again", ("why",), registry=COUNTED)
REFUSALS = Counter("timebank_refusals", "Acts refused, by kind", ("kind",), registry=COUNTED)
TRANSFERS = Counter("timebank_transfers", "Transfers posted and committed", registry=COUNTED)
JOBS = Counter("timebank_job_runs", "Runs of jobs", ("job", "outcome"), registry=COUNTED)
ProcessCollector(registry=COUNTED)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request under its route's template."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(route).observe(seconds)
