"""One contestant, one evening, from a cold start to the last write."""

import asyncio
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.contestants import Options, Who, consumes, specs, wait_drained
from bench.load import Posted, all_deliveries, orders, post_all, relevant, request_of
from bench.processes import Usage, usage
from enrich.demo.evening import Evening
from enrich.demo.scene import Scene, set_up
from enrich.mapping.loader import load_tables
from enrich.supervise.redis import RedisServer
from enrich.supervise.stack import Stack
from enrich.venue_file import load_venues

SETTLE = 1.0
"""Seconds between "ready" and the first delivery."""


@dataclass(frozen=True, slots=True)
class Terms:
    evening: int
    size: int
    first: int | None
    """Send only so many deliveries."""
    latency: float
    """Seconds the CRM takes to answer beyond its own work."""
    senders: int
    limit: float
    """Seconds after the last acknowledgement at which a round is given up."""
    options: Options


@dataclass(frozen=True, slots=True)
class Result:
    who: str
    latency_ms: float
    deliveries: int
    """Genuine ones; forged ones are sent too, and refused."""
    relevant: int
    refused: int
    """Genuine deliveries that were not answered with 2xx."""
    ack_p50_ms: float
    ack_p99_ms: float
    ack_max_ms: float
    accepted_per_s: float
    drained_s: float
    """From the first delivery to nothing left."""
    drained_per_s: float
    relevant_per_s: float
    crm_calls: int
    crm_reads: int
    crm_writes: int
    crm_errors: int
    crm_changes: int
    """Writes that changed a record."""
    toast_reads: int
    mails: int
    calls_per_delivery: float
    calls_per_relevant: float
    cpu_s: float
    cpu_ms_per_delivery: float
    cpu_web_ms: float
    cpu_worker_ms: float
    cpu_redis_ms: float
    """Of one delivery."""
    sandbox_cpu_s: float
    peak_rss_mib: float
    pss_mib: float

    @property
    def row(self) -> dict[str, Any]:
        return asdict(self)


def play(who: Who, evening: Evening, terms: Terms, folder: Path) -> Result:
    scene = set_up(folder / who, evening)
    server = RedisServer(scene.settings.state / "redis")
    with Stack(specs(who, scene, terms.options), scene.settings.state) as stack:
        _wait_ready(who, scene, server, stack)
        _fill(scene, evening, terms)
        return _measured(who, scene, server, stack, evening, terms)


def _wait_ready(who: Who, scene: Scene, server: RedisServer, stack: Stack) -> None:
    checks = {
        "redis": server.answers,
        "sandbox": lambda: _answers(f"{scene.addresses.sandbox}/sandbox/stats"),
        "web": lambda: _answers(f"{scene.addresses.door}/readyz"),
        "worker": lambda: consumes(who, server),
    }
    stack.wait_ready(checks, timeout=60.0)
    time.sleep(SETTLE)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _fill(scene: Scene, evening: Evening, terms: Terms) -> None:
    with httpx.Client(base_url=scene.addresses.sandbox, timeout=60.0, trust_env=False) as http:
        http.put("/sandbox/book", json=evening.book).raise_for_status()
        http.put("/sandbox/toast/orders", json=orders(evening)).raise_for_status()
        if terms.latency:
            slow = {"kind": "slow", "path": scene.settings.crm_prefix, "delay": terms.latency}
            http.post("/sandbox/faults", json=slow).raise_for_status()


def _measured(who: Who, scene: Scene, server: RedisServer, stack: Stack, evening: Evening, terms: Terms) -> Result:
    planned = all_deliveries(evening)[: terms.first]
    requests = [(request_of(delivery, scene.secrets), delivery.forged) for delivery in planned]
    venues = load_venues(scene.settings.venues, scene.specs[-1].environment)
    worth = relevant(planned, venues, load_tables(scene.settings.mappings))
    before = _usages(stack)
    posted = asyncio.run(post_all(scene.settings.port, requests, terms.senders))
    drained = wait_drained(who, scene, server, terms.limit) - posted.started
    after = _usages(stack)
    counts = {"deliveries": sum(not forged for _, forged in requests), "relevant": worth}
    return Result(
        who=who,
        latency_ms=terms.latency * 1000,
        **counts,
        **_acknowledged(posted, forged=len(planned) - counts["deliveries"]),
        **_rates(counts, drained),
        **_asked(scene, counts),
        **_spent(before, after, counts["deliveries"]),
    )


def _acknowledged(posted: Posted, forged: int) -> dict[str, Any]:
    accepted = sum(count for status, count in posted.statuses.items() if status < 300)
    answered = posted.statuses.total()
    return {
        "refused": answered - accepted - forged,
        "ack_p50_ms": _ms(statistics.median(posted.seconds)),
        "ack_p99_ms": _ms(statistics.quantiles(posted.seconds, n=100)[98]),
        "ack_max_ms": _ms(max(posted.seconds)),
        "accepted_per_s": round(accepted / (posted.ended - posted.started), 1),
    }


def _rates(counts: dict[str, int], drained: float) -> dict[str, Any]:
    return {
        "drained_s": round(drained, 2),
        "drained_per_s": round(counts["deliveries"] / drained, 1),
        "relevant_per_s": round(counts["relevant"] / drained, 1),
    }


def _asked(scene: Scene, counts: dict[str, int]) -> dict[str, Any]:
    """What the sandbox heard. Logins are not counted as calls."""
    with httpx.Client(base_url=scene.addresses.sandbox, timeout=60.0, trust_env=False) as http:
        heard = http.get("/sandbox/requests").json()["requests"]
        stats = http.get("/sandbox/stats").json()
    crm = [row for row in heard if row["path"].startswith(scene.settings.crm_prefix)]
    calls = [row for row in crm if not row["path"].endswith("/auth")]
    verbs = Counter(row["verb"] for row in calls)
    return {
        "crm_calls": len(calls),
        "crm_reads": verbs["GET"],
        "crm_writes": verbs["PATCH"],
        "crm_errors": sum((row["status"] or 599) >= 400 for row in calls),
        "crm_changes": stats["changes"],
        "toast_reads": sum("/toast/orders/" in row["path"] for row in heard),
        "mails": stats["mails"],
        "calls_per_delivery": round(len(calls) / counts["deliveries"], 3),
        "calls_per_relevant": round(len(calls) / counts["relevant"], 3),
    }


def _usages(stack: Stack) -> dict[str, Usage]:
    return {name: usage({pid}) for name, pid in stack.pids.items()}


def _spent(before: dict[str, Usage], after: dict[str, Usage], deliveries: int) -> dict[str, Any]:
    cpu = {name: after[name].cpu - before[name].cpu for name in after}
    sandbox = cpu.pop("sandbox")
    own = [used for name, used in after.items() if name != "sandbox"]
    return {
        "cpu_s": round(sum(cpu.values()), 2),
        "cpu_ms_per_delivery": _ms(sum(cpu.values()) / deliveries),
        **{f"cpu_{name}_ms": _ms(seconds / deliveries) for name, seconds in cpu.items()},
        "sandbox_cpu_s": round(sandbox, 2),
        "peak_rss_mib": round(sum(used.peak_rss for used in own) / 2**20, 1),
        "pss_mib": round(sum(used.pss for used in own) / 2**20, 1),
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
