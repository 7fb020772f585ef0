import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from enrich.errors import StoreUnavailable
from enrich.ingress.group_commit import GroupCommit
from enrich.sources.contract import Delivery
from enrich.store.database import Database, sqlite_url
from enrich.store.due import DueRows
from enrich.store.inbox import Acceptance, Inbox, Received
from enrich.store.schema import upgrade
from enrich.store.tables import inbox

Answer = Acceptance | BaseException
UNSTORABLE = "\ud800"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(sqlite_url(tmp_path), busy_seconds=0.3)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def shelf(database: Database) -> Inbox:
    return Inbox(database, DueRows(database, owner="door", lease=timedelta(seconds=60)))


def delivery(key: str) -> Received:
    return Received("toast", "pos", key, Delivery("", (), key.encode("utf-8", "replace")))


def recorded(commits: GroupCommit, *keys: str) -> list[Answer]:
    async def record_all() -> list[Answer]:
        return await asyncio.gather(*(commits.record(delivery(key)) for key in keys), return_exceptions=True)

    return asyncio.run(record_all())


def stored(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.execute(select(inbox.c.key)).scalars())


def test_each_is_answered_for_itself(database: Database, shelf: Inbox) -> None:
    commits = GroupCommit(shelf)
    assert recorded(commits, "a", "b", "a").count(Acceptance.NEW) == 2
    commits.close()
    assert stored(database) == {"a", "b"}


def test_one_that_cannot_be_stored_keeps_out_none_that_came_with_it(database: Database, shelf: Inbox) -> None:
    commits = GroupCommit(shelf)
    answers = recorded(commits, *"abc", UNSTORABLE, *"def")
    assert [answer for answer in answers if answer == Acceptance.NEW] == [Acceptance.NEW] * 6
    assert isinstance(answers[3], StoreUnavailable)
    assert recorded(commits, "g") == [Acceptance.NEW]
    commits.close()
    assert stored(database) == set("abcdefg")


def test_those_the_door_cannot_hold_are_told_at_once(database: Database, shelf: Inbox) -> None:
    commits = GroupCommit(shelf, most=1, backlog=3)
    with database.write():
        answers = recorded(commits, *(str(number) for number in range(10)))
    assert sum(isinstance(answer, StoreUnavailable) for answer in answers) >= 6
    commits.close()


def test_the_thread_outlives_every_error(database: Database, shelf: Inbox) -> None:
    commits = GroupCommit(shelf)
    assert isinstance(recorded(commits, UNSTORABLE)[0], StoreUnavailable)
    with database.write():
        assert isinstance(recorded(commits, "a")[0], StoreUnavailable)
    assert recorded(commits, "b") == [Acceptance.NEW]
    commits.close()


def test_closing_stores_what_still_waits(database: Database, shelf: Inbox) -> None:
    async def leave_early() -> None:
        waiting = [asyncio.ensure_future(commits.record(delivery(key))) for key in "abc"]
        await asyncio.sleep(0)
        assert len(waiting) == 3

    commits = GroupCommit(shelf)
    asyncio.run(leave_early())
    commits.close()
    assert stored(database) == set("abc")
