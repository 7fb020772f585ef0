"""Typeform: one delivery for each completed survey."""

from collections.abc import Sequence
from datetime import datetime

from enrich.errors import DeliveryMalformed, PayloadInvalid
from enrich.events.guest_event import SurveyEvent
from enrich.sources import signing, strict_json
from enrich.sources.contract import Delivery, Notice
from enrich.sources.typeform.response import survey_event
from enrich.sources.vendor_value import VendorValue
from enrich.venues import Venue

COMPLETED = "form_response"


class Typeform:
    name = "typeform"
    handled = frozenset({COMPLETED})

    def verify(self, delivery: Delivery, secrets: Sequence[bytes], now: datetime) -> None:
        """https://www.typeform.com/developers/webhooks/secure-your-webhooks/ - no timestamp is signed."""
        given = delivery.header("typeform-signature")
        signing.require_signature(given, delivery.body, secrets, _prefixed)

    def delivery_key(self, delivery: Delivery) -> str | None:
        try:
            return _token(VendorValue(strict_json.parse(delivery.body)))
        except DeliveryMalformed:
            return None

    def notices(self, delivery: Delivery) -> Sequence[Notice]:
        parsed = strict_json.parse(delivery.body)
        envelope = VendorValue(parsed)
        try:
            event_type = envelope["event_type"].identifier()
        except PayloadInvalid as invalid:
            raise DeliveryMalformed(str(invalid)) from None
        response = envelope["form_response"].raw
        return [
            Notice(
                key=_token(envelope) or strict_json.digest(parsed),
                type=event_type,
                record=response if isinstance(response, dict) else {},
            )
        ]

    def lacks(self, notice: Notice) -> str | None:
        return None

    def normalise(self, notice: Notice, venue: Venue) -> Sequence[SurveyEvent]:
        return [survey_event(notice.record, venue)] if notice.type in self.handled else []


def _prefixed(mac: bytes) -> bytes:
    return b"sha256=" + signing.base64_of(mac)


def _token(envelope: VendorValue) -> str | None:
    """The response's own identity: `event_id` may change between deliveries of one response.

    Of completed responses only: a partial one carries the token that the completed one will come with.
    """
    try:
        completed = envelope["event_type"].text() == COMPLETED
        return envelope["form_response"]["token"].identifier() if completed else None
    except PayloadInvalid:
        return None


SOURCE = Typeform()
