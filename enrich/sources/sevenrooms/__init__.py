"""SevenRooms: reservations as they change, in the array form and in the dotted form."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from enrich.errors import DeliveryMalformed
from enrich.events.guest_event import ReservationEvent
from enrich.sources import signing, strict_json
from enrich.sources.contract import Delivery, Notice
from enrich.sources.sevenrooms.reservation import entity_type_of, reservation_event
from enrich.sources.vendor_value import MAX_IDENTIFIER
from enrich.venues import Venue

SIGNATURE = "x-sevenrooms-signature"
UNREADABLE = "unreadable"
"""The type of an element that does not even say what happened; handled, so that a person sees it fail."""
DELETED = "reservation.deleted"


class SevenRooms:
    name = "sevenrooms"
    handled = frozenset({"reservation.created", "reservation.updated", DELETED, UNREADABLE})

    def verify(self, delivery: Delivery, secrets: Sequence[bytes], now: datetime) -> None:
        """A signature if there is one, else the shared secret itself as a bearer token."""
        signature, bearer = delivery.header(SIGNATURE), delivery.header("authorization")
        if signature is None and bearer is not None and bearer.startswith("Bearer "):
            signing.require_secret(bearer.removeprefix("Bearer "), secrets)
        else:
            signing.require_signature(signature, delivery.body, secrets, signing.hex_of)

    def delivery_key(self, delivery: Delivery) -> str | None:
        try:
            envelope = strict_json.parse(delivery.body)
        except DeliveryMalformed:
            return None
        return _event_id(envelope) if isinstance(envelope, dict) else None

    def notices(self, delivery: Delivery) -> Sequence[Notice]:
        envelope = strict_json.parse(delivery.body)
        if isinstance(envelope, list):
            return [_from_element(element) for element in envelope]
        if isinstance(envelope, dict) and "event" in envelope:
            return [_from_dotted(envelope)]
        if isinstance(envelope, dict) and ("event_type" in envelope or "entity" in envelope):
            return [_from_element(envelope)]
        raise DeliveryMalformed("neither a list of changes nor an object with `event`")

    def lacks(self, notice: Notice) -> str | None:
        return None

    def normalise(self, notice: Notice, venue: Venue) -> Sequence[ReservationEvent]:
        if notice.type not in self.handled:
            return []
        return [reservation_event(notice.record, venue, deleted=notice.type == DELETED)]


def _from_element(element: Any) -> Notice:
    change = element if isinstance(element, dict) else {}
    action, entity = change.get("event_type"), _object(change.get("entity"))
    kind = change.get("entity_type") or entity_type_of(entity)
    named = isinstance(action, str) and isinstance(kind, str)
    identity = [kind, entity.get("id"), action, entity.get("updated"), entity or element]
    return Notice(strict_json.digest(identity), f"{kind}.{action}" if named else UNREADABLE, entity)


def _from_dotted(envelope: Mapping[str, Any]) -> Notice:
    event = envelope["event"] if isinstance(envelope["event"], str) else UNREADABLE
    entity = _object(_object(envelope.get("data")).get(event.partition(".")[0]))
    if entity and "created_at" in envelope:
        entity = {"updated": envelope["created_at"], **entity}
    return Notice(_event_id(envelope) or strict_json.digest(envelope), event, entity)


def _event_id(envelope: Mapping[str, Any]) -> str | None:
    given = envelope.get("id")
    return given if isinstance(given, str) and 0 < len(given) <= MAX_IDENTIFIER else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


SOURCE = SevenRooms()
