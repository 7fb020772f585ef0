"""Toast: the whole order on every change; what the checks are worth is worked out here."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from enrich.errors import DeliveryMalformed, PayloadInvalid, SignatureInvalid, TimestampOutsideTolerance
from enrich.events.guest_event import CheckEvent
from enrich.sources import signing, strict_json
from enrich.sources.contract import Delivery, Notice
from enrich.sources.toast.order import check_events, guest_left_out
from enrich.sources.vendor_value import VendorValue
from enrich.venues import Venue

TOLERANCE = timedelta(minutes=30)
"""The last of Toast's retries comes 15 minutes after the event, with the event's own timestamp."""
STAMP = re.compile(rb'"timestamp"\s*:\s*"(\d{4}-\d\d-\d\dT\d\d:\d\d[\d:.]{0,16}(?:Z|[+-]\d\d:?\d\d))"')
MOST_STAMPS = 8


class Toast:
    name = "toast"
    handled = frozenset({"order_updated", "channel_order_updated"})

    def verify(self, delivery: Delivery, secrets: Sequence[bytes], now: datetime) -> None:
        """https://doc.toasttab.com/doc/devguide/apiMessageSigning.html - body, then the envelope's `timestamp`.

        The stamp is looked for in the bytes, so that nothing is parsed before it is proven, and so that a genuine
        delivery whose JSON is broken is kept: a 401 would lose it for good.
        """
        given = delivery.header("toast-signature")
        stamps = list(dict.fromkeys(STAMP.findall(delivery.body)))[:MOST_STAMPS]
        for stamp in stamps:
            if signing.is_signature(given, delivery.body + stamp, secrets, signing.base64_of):
                return _require_recent(stamp, now)
        raise SignatureInvalid("the signature matches none of the active secrets: check the subscription's secret")

    def delivery_key(self, delivery: Delivery) -> str | None:
        try:
            return _guid(VendorValue(strict_json.parse(delivery.body)))
        except DeliveryMalformed:
            return None

    def notices(self, delivery: Delivery) -> Sequence[Notice]:
        """The record is the order itself, which is also what the reader returns."""
        parsed = strict_json.parse(delivery.body)
        envelope = VendorValue(parsed)
        try:
            event_type = envelope["eventType"].identifier()
        except PayloadInvalid as invalid:
            raise DeliveryMalformed(str(invalid)) from None
        details = parsed.get("details")
        order = details.get("order") if isinstance(details, dict) else None
        return [
            Notice(
                key=_guid(envelope) or strict_json.digest(parsed),
                type=event_type,
                record=order if isinstance(order, dict) else {},
            )
        ]

    def lacks(self, notice: Notice) -> str | None:
        return guest_left_out(notice.record) if notice.type in self.handled else None

    def normalise(self, notice: Notice, venue: Venue) -> Sequence[CheckEvent]:
        return check_events(notice.record, venue) if notice.type in self.handled else []


def _guid(envelope: VendorValue) -> str | None:
    try:
        return envelope["guid"].identifier()
    except PayloadInvalid:
        return None


def _require_recent(stamp: bytes, now: datetime) -> None:
    try:
        sent = datetime.fromisoformat(stamp.decode())
    except ValueError:
        raise TimestampOutsideTolerance("the signed timestamp is no date and time") from None
    if abs(now - sent) > TOLERANCE:
        raise TimestampOutsideTolerance(f"signed at {sent.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC")


SOURCE = Toast()
