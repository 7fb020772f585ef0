"""The bench plays both contestants; its figures are judged by people, not here."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.contestants import Options, Who
from bench.load import all_deliveries, evening_just_over
from bench.processes import usage
from bench.round import Terms, play
from enrich.demo.deliveries import What

TERMS = Terms(evening=1, size=1, first=30, latency=0.0, senders=4, limit=60.0, options=Options(0.0, 1))


def test_both_are_sent_the_same_evening_and_their_work_is_counted(tmp_path: Path) -> None:
    evening = evening_just_over(1, 1)
    with ThreadPoolExecutor() as pool:
        ours, afternoon = pool.map(lambda who: play(who, evening, TERMS, tmp_path), (Who.OURS, Who.AFTERNOON))
    assert (ours.deliveries, ours.relevant) == (afternoon.deliveries, afternoon.relevant)
    for result in (ours, afternoon):
        assert result.refused == 0
        assert result.crm_changes > 0
        assert result.crm_calls == result.crm_reads + result.crm_writes
        assert result.cpu_s > 0
        assert result.peak_rss_mib > result.pss_mib > 0


def test_guests_answer_last_and_name_themselves() -> None:
    planned = all_deliveries(evening_just_over(1, 1))
    answers = [delivery for delivery in planned if delivery.what is What.ANSWERED]
    assert planned[-len(answers) :] == answers
    assert all(f'"hidden":{{"email":"{answer.about}"}}'.encode() in answer.body for answer in answers)


def test_a_session_nobody_runs_has_used_nothing() -> None:
    assert usage({-1}).cpu == 0
