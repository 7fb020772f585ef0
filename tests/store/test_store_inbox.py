from concurrent.futures import ThreadPoolExecutor

import pytest
from shelves import Shelves, at_once, opened, received
from sqlalchemy import select

from enrich.due.unit import Kind, Unit
from enrich.store.database import Database
from enrich.store.inbox import Acceptance, EntryState, Settlement
from enrich.store.tables import inbox

NEW, DUPLICATE, ID_REUSE = Acceptance.NEW, Acceptance.DUPLICATE, Acceptance.ID_REUSE


def rows(shelves: Shelves) -> list[tuple[str, str, str | None]]:
    return [(row["key"], row["state"], row["reason"]) for row in shelves.entries()]


def test_a_delivery_counts_once_however_often_it_comes(shelves: Shelves) -> None:
    answers = [shelves.record(received()) for _ in range(3)] + [shelves.record(received(), received())]
    assert answers == [[NEW], [DUPLICATE], [DUPLICATE], [DUPLICATE, DUPLICATE]]
    assert rows(shelves) == [("evt_1", "received", None)]
    (claim,) = shelves.claim(Kind.DELIVERY)
    assert claim.wanted == 1


def test_a_duplicate_within_one_commit_counts_once(shelves: Shelves) -> None:
    assert shelves.record(received(), received(), received("evt_2")) == [NEW, DUPLICATE, NEW]
    assert len(shelves.claim(Kind.DELIVERY)) == 2


def test_an_id_that_comes_with_other_bytes_is_kept_for_a_person(shelves: Shelves) -> None:
    shelves.record(received(body=b"first"))
    assert shelves.record(received(body=b"second")) == [ID_REUSE]
    assert shelves.record(received(body=b"second")) == [ID_REUSE]
    assert shelves.record(received(body=b"first")) == [DUPLICATE]
    first, second = shelves.entries()
    assert (first["body"], first["state"]) == (b"first", "received")
    assert (second["body"], second["state"], second["reason"]) == (b"second", "quarantined", "id_reuse")
    assert [claim.unit.ref for claim in shelves.claim(Kind.DELIVERY)] == [str(first["id"])]


def test_the_longest_id_can_be_reused_too(shelves: Shelves) -> None:
    key = "\N{HOT BEVERAGE}" * 255
    assert shelves.record(received(key, b"1"), received(key, b"2"), received(key, b"3")) == [
        NEW,
        ID_REUSE,
        ID_REUSE,
    ]
    assert len(shelves.entries()) == 3


def test_without_an_id_the_bytes_are_the_id(shelves: Shelves) -> None:
    assert shelves.record(received(None, b"1"), received(None, b"2"), received(None, b"1")) == [
        NEW,
        NEW,
        DUPLICATE,
    ]


def test_the_same_id_of_another_source_or_connection_is_another_delivery(shelves: Shelves) -> None:
    batch = [received(), received(source="typeform"), received(connection="other")]
    assert shelves.record(*batch) == [NEW, NEW, NEW]


def test_one_id_sent_sixteen_times_at_once_is_one_row(shelves: Shelves) -> None:
    answers = [answer for (answer,) in at_once(16, lambda _: shelves.record(received()))]
    assert sorted(answers) == sorted([NEW] + [DUPLICATE] * 15)
    assert len(shelves.entries()) == 1


def test_one_id_with_sixteen_bodies_at_once_has_one_winner_and_loses_none(shelves: Shelves) -> None:
    answers = at_once(16, lambda place: shelves.record(received(body=b"%d" % place)))
    assert sorted(answer for (answer,) in answers) == sorted([NEW] + [ID_REUSE] * 15)
    assert {row["body"] for row in shelves.entries()} == {b"%d" % place for place in range(16)}


BODIES = {
    "NUL": b'{"a":"\\u0000","b":"\x00"}',
    "half a surrogate pair": b'{"a":"\\ud800"} \xed\xa0\x80',
    "emoji": '{"a":"\N{HOT BEVERAGE}"}'.encode(),
    "no text at all": bytes(range(256)),
    "empty": b"",
    "large": b"x" * 1_900_000,
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_bodies_are_kept_byte_for_byte(shelves: Shelves, body: bytes) -> None:
    assert shelves.record(received(body=body)) == [NEW]
    (row,) = shelves.entries()
    with shelves.database.read() as conn:
        entry = shelves.inbox.load(conn, [row["id"]])[row["id"]]
    assert entry.body == body
    assert entry.delivery.headers == (("content-type", "application/json"),)


def test_what_was_answered_is_in_the_database_for_everyone(shelves: Shelves, url: str) -> None:
    shelves.record(received())
    with opened(url) as other, other.read() as conn:
        assert conn.execute(select(inbox.c.key)).scalars().all() == ["evt_1"]


def test_what_broke_on_the_way_leaves_nothing(shelves: Shelves) -> None:
    with pytest.raises(UnicodeEncodeError):
        shelves.record(received(), received("\ud800"))
    assert shelves.entries() == []
    assert shelves.claim(Kind.DELIVERY) == []


def test_a_quarantined_delivery_is_kept_and_not_worked_on(shelves: Shelves) -> None:
    assert shelves.record(received(quarantine="timestamp_outside_tolerance")) == [NEW]
    assert rows(shelves) == [("evt_1", "quarantined", "timestamp_outside_tolerance")]
    assert shelves.claim(Kind.DELIVERY) == []


def test_a_replay_makes_a_settled_delivery_due_again_and_says_that_it_is_one(shelves: Shelves) -> None:
    shelves.record(received())
    (claim,) = shelves.claim(Kind.DELIVERY)
    with shelves.database.write() as conn:
        shelves.inbox.settle(conn, [Settlement(1, EntryState.QUARANTINED, "payload_invalid", "$.guid: missing")])
        shelves.due.finish(conn, claim)
        assert shelves.inbox.counts(conn) == [("toast", "quarantined", "payload_invalid", 1)]
        shelves.inbox.replay(conn, 1)
    with shelves.database.read() as conn:
        (entry,) = shelves.inbox.recent(conn, state=EntryState.RECEIVED)
    assert (entry.replays, entry.reason) == (1, None)
    assert shelves.claim_one(Unit(Kind.DELIVERY, "1"))


def test_deliveries_and_work_at_once_lose_nothing(shelves: Shelves, database: Database) -> None:
    def post(place: int) -> None:
        for number in range(20):
            shelves.record(received(f"{place}/{number}"))

    with ThreadPoolExecutor(4) as pool:
        posting = [pool.submit(post, place) for place in range(4)]
        claimed = 0
        while not all(future.done() for future in posting) or claimed < 80:
            claimed += len(shelves.claim(Kind.DELIVERY, 10))
    assert claimed == len(shelves.entries()) == 80
