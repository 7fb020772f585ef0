"""The guest directory of SevenRooms over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from enrich.crm.directory import GuestDirectory
from enrich.crm.rules import mailbox, owns, refuse_unsendable
from enrich.crm.sevenrooms import wire
from enrich.crm.sevenrooms.auth import Authenticator, TokenStore
from enrich.crm.sevenrooms.call import About, Call, CallRecord
from enrich.crm.sevenrooms.deadline import wall_clock
from enrich.crm.sevenrooms.dialects import Dialect
from enrich.crm.sevenrooms.exchange import Exchange
from enrich.crm.sevenrooms.failures import document_of, token_refused, unreadable
from enrich.errors import GuestGone, RecordGone, SearchInconclusive
from enrich.guests.profile import Booking, Profile, ProfilePatch

Parsed = TypeVar("Parsed")


class SevenRoomsDirectory(GuestDirectory):
    """Thread-safe. `deadline` bounds each method as a whole: its login, its pages and its repeats."""

    def __init__(
        self,
        *,
        base_url: str,
        dialect: Dialect,
        venue_group_id: str,
        client_id: str,
        client_secret: str,
        token_store: TokenStore,
        deadline: float,
        now: Callable[[], datetime],
        on_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        self._dialect = dialect
        self._group = venue_group_id
        self._deadline = deadline
        self._now = now
        self._exchange = Exchange(base_url, dialect, deadline, now, on_call)
        self._auth = Authenticator(self._exchange, dialect, (client_id, client_secret), token_store, now)

    def close(self) -> None:
        self._exchange.close()

    def find_by_email(self, email: str) -> Sequence[Profile]:
        wanted = mailbox(email)
        with wall_clock(self._deadline):
            found = {hit.client_id: hit for hits in self._pages(wanted) for hit in hits}
        return [profile for profile in found.values() if not profile.deleted]

    def get(self, client_id: str) -> Profile:
        with wall_clock(self._deadline):
            return self._profile(Call(self._dialect.read_client, About.GUEST, client_id))

    def patch(self, client_id: str, patch: ProfilePatch) -> Profile:
        refuse_unsendable(patch)
        call = Call(
            self._dialect.patch_client,
            About.GUEST,
            client_id,
            body=wire.patch_body(patch),
            private=wire.texts_of(patch),
        )
        with wall_clock(self._deadline):
            after = self._profile(call)
        if not patch.shown_by(after):
            raise unreadable(call, "it does not show the write")
        return after

    def booking(self, reservation_id: str) -> Booking:
        with wall_clock(self._deadline):
            return self._booking(Call(self._dialect.read_reservation, About.RESERVATION, reservation_id))

    def write_note(self, reservation_id: str, internal_notes: str) -> Booking:
        body, private = wire.note_body(internal_notes), frozenset((internal_notes,))
        call = Call(self._dialect.write_note, About.RESERVATION, reservation_id, body=body, private=private)
        with wall_clock(self._deadline):
            after = self._booking(call)
        if after.internal_notes != internal_notes:
            raise unreadable(call, "it does not show the write")
        return after

    def _pages(self, wanted: str) -> Iterator[list[Profile]]:
        """Page by page, the rows that own the address."""
        cursors = [""]
        while len(cursors) * self._dialect.page_limit <= self._dialect.result_cap:
            page, hits = self._page(self._search(wanted, cursors[-1]), wanted)
            yield hits
            if not page.cursor or not page.rows:
                return
            if page.cursor in cursors:
                break
            cursors.append(page.cursor)
        raise SearchInconclusive(f"{self._search(wanted, '').name}: the pages do not end")

    def _search(self, wanted: str, cursor: str) -> Call:
        query = {"venue_group_id": self._group, "email": wanted, "limit": str(self._dialect.page_limit)}
        if cursor:
            query["cursor"] = cursor
        return Call(self._dialect.search_clients, About.SEARCH, query=query, private=frozenset((wanted,)))

    def _page(self, call: Call, wanted: str) -> tuple[wire.Page, list[Profile]]:
        """A filter that does not apply is ignored without a word: the answer is the first rows of the book."""
        page = self._read(call, wire.page)
        hits = [hit for row in page.rows if owns(hit := self._row(call, row), wanted)]
        is_full = page.cursor is not None or len(page.rows) >= (page.limit or self._dialect.page_limit)
        if page.rows and not hits and is_full:
            raise SearchInconclusive(f"{call.name}: a full page without the address: the filter was not applied")
        return page, hits

    def _row(self, call: Call, row: wire.Document) -> Profile:
        try:
            return wire.profile(row)
        except wire.AnswerUnreadable as error:
            raise unreadable(call, str(error)) from None

    def _profile(self, call: Call) -> Profile:
        profile = self._read(call, lambda document: wire.profile(wire.data_of(document)))
        if profile.client_id != call.id:
            raise unreadable(call, "it is about another profile")
        if profile.deleted:
            raise GuestGone(f"{call.name}: deleted")
        return profile

    def _booking(self, call: Call) -> Booking:
        record = self._read(call, wire.data_of)
        if wire.is_deleted(record):
            raise RecordGone(f"{call.name}: deleted")
        return wire.booking(record)

    def _read(self, call: Call, parse: Callable[[wire.Document], Parsed]) -> Parsed:
        """The call's answer in our words, with one new token if the one we hold is refused."""
        token = self._auth.token()
        answer = self._exchange.send(call, token)
        if token_refused(answer):
            answer = self._exchange.send(call, self._auth.refresh(token))
        document = document_of(call, answer, self._now())
        try:
            return parse(document)
        except wire.AnswerUnreadable as error:
            raise unreadable(call, str(error)) from None
