"""Prometheus metrics. Labels are closed sets: no guest, no address, no id."""

from prometheus_client import Counter, Histogram

RECEIVED = Counter("enrich_events_received_total", "Genuine deliveries stored.", ["source", "acceptance"])
REFUSED = Counter("enrich_events_rejected_total", "Deliveries refused at the door.", ["source", "reason"])
ANSWER_SECONDS = Histogram(
    "enrich_acknowledge_seconds",
    "From the first byte of a delivery to our answer.",
    ["source"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5),
)
