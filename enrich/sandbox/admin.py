"""What tests and the demo ask of the sandbox itself: a book, faults, and what happened."""

from collections.abc import Callable, Iterable

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from enrich.sandbox.answers import ApiError, Handler, json_object, json_response
from enrich.sandbox.documents import Document, completed
from enrich.sandbox.faults import Fault
from enrich.sandbox.ids import client_id, reservation_id
from enrich.sandbox.patching import staff_edited
from enrich.sandbox.state import State


class Admin:
    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route("/sandbox/book", self.put_book, methods=["PUT"]),
            Route("/sandbox/clients", self.list_of(lambda: self._state.book.clients.values(), "clients")),
            Route("/sandbox/clients", self.add("client", client_id), methods=["POST"]),
            Route("/sandbox/clients/{id}", self.edit("client"), methods=["PATCH"]),
            Route("/sandbox/reservations", self.list_of(self._reservations, "reservations")),
            Route("/sandbox/reservations", self.add("reservation", reservation_id), methods=["POST"]),
            Route("/sandbox/reservations/{id}", self.edit("reservation"), methods=["PATCH"]),
            Route("/sandbox/changes", self.numbered(lambda: self._state.book.changes, "changes")),
            Route("/sandbox/requests", self.numbered(lambda: self._state.requests.entries, "requests")),
            Route("/sandbox/requests", self.forget("forget_requests"), methods=["DELETE"]),
            Route("/sandbox/tokens", self.forget("forget_tokens"), methods=["DELETE"]),
            Route("/sandbox/outbox", self.numbered(lambda: self._state.outbox, "outbox")),
            Route("/sandbox/stats", self.stats),
            Route("/sandbox/faults", self.list_of(self._state.faults.rows, "faults")),
            Route("/sandbox/faults", self.add_faults, methods=["POST"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/sandbox/toast/orders", self.put_orders, methods=["PUT"]),
            Route("/sandbox/toast/orders/{guid}", self.put_order, methods=["PUT"]),
        ]

    async def put_book(self, request: Request) -> Response:
        body = json_object(await request.body())
        book = {
            "clients": [completed("client", client) for client in body.get("clients", [])],
            "reservations": [completed("reservation", row) for row in body.get("reservations", [])],
            "tag_groups": body.get("tag_groups", []),
        }
        if not all(document["id"] for document in book["clients"] + book["reservations"]):
            raise ApiError(400, "id_missing", "every client and reservation needs an id")
        self._state.record("book", book)
        return json_response({name: len(rows) for name, rows in book.items()})

    async def put_order(self, request: Request) -> Response:
        order = json_object(await request.body())
        self._state.record("toast", {"orders": {request.path_params["guid"]: order}})
        return json_response({"orders": 1})

    async def put_orders(self, request: Request) -> Response:
        """`{guid: order}`, or `{"orders": [order, ...]}` with the guid inside each."""
        body = json_object(await request.body())
        orders = (
            {order["guid"]: order for order in body["orders"]} if isinstance(body.get("orders"), list) else body
        )
        self._state.record("toast", {"orders": orders})
        return json_response({"orders": len(orders)})

    async def add_faults(self, request: Request) -> Response:
        """One fault or a list of them; they are tried in the order in which they came."""
        try:
            wanted = orjson.loads(await request.body())
            faults = [Fault.model_validate(row) for row in (wanted if isinstance(wanted, list) else [wanted])]
        except (orjson.JSONDecodeError, ValidationError) as problem:
            raise ApiError(400, "invalid_fault", str(problem)) from problem
        return json_response({"numbers": [self._state.faults.add(fault) for fault in faults]}, 201)

    async def clear_faults(self, request: Request) -> Response:
        self._state.faults.clear()
        return Response(status_code=204)

    async def stats(self, request: Request) -> Response:
        state = self._state
        counts = {
            "clients": len(state.book.clients),
            "reservations": len(state.book.reservations),
            "toast_orders": len(state.toast_orders),
            "changes": state.book.changes_seen,
            "mails": state.mails_seen,
            "faults_applied": sum(row["applied"] for row in state.faults.rows()),
        }
        return json_response(
            {**counts, "requests": state.requests.by_status.total(), "by_status": state.requests.by_status}
        )

    def add(self, kind: str, new_id: Callable[[int, str], str]) -> Handler:
        async def added(request: Request) -> Response:
            document = completed(kind, json_object(await request.body()))
            others = self._state.book.documents(kind)
            document["id"] = document["id"] or new_id(len(others), "staff")
            if document["id"] in others:
                raise ApiError(409, f"{kind}_exists", "this id is taken", {"conflicting_id": document["id"]})
            return json_response(self._state.edit("staff", kind, {}, document), 201)

        return added

    def edit(self, kind: str) -> Handler:
        async def edited(request: Request) -> Response:
            fields = json_object(await request.body())
            before = self._state.book.documents(kind).get(request.path_params["id"])
            if before is None:
                raise ApiError(404, "not_found", f"no such {kind}")
            return json_response(self._state.edit("staff", kind, before, staff_edited(before, fields)))

        return edited

    def forget(self, do: str) -> Handler:
        async def forgotten(request: Request) -> Response:
            self._state.record(do, {})
            return Response(status_code=204)

        return forgotten

    def list_of(self, rows: Callable[[], Iterable[Document]], name: str) -> Handler:
        async def listed(request: Request) -> Response:
            return json_response({name: list(rows())})

        return listed

    def numbered(self, rows: Callable[[], Iterable[Document]], name: str) -> Handler:
        """`?after=N` leaves out what is numbered up to N."""

        async def listed(request: Request) -> Response:
            after = request.query_params.get("after", "0")
            if not after.isdecimal():
                raise ApiError(400, "invalid_after", "after is a number")
            return json_response({name: [row for row in rows() if row["n"] > int(after)]})

        return listed

    def _reservations(self) -> Iterable[Document]:
        return self._state.book.reservations.values()
