"""The errors of the pipeline. The class says what the caller must do; `reason` is the stable label.

EnrichError
├─ Refused               at the door, a 4xx: nothing is stored
│  ├─ SourceUnknown
│  ├─ SignatureInvalid
│  └─ DeliveryTooLarge
├─ Quarantined           genuine but unreadable: kept for a person, answered 2xx
│  ├─ TimestampOutsideTolerance
│  ├─ DeliveryMalformed
│  └─ PayloadInvalid
├─ TryLater              may carry `not_before`
│  ├─ CrmUnavailable     no answer, a 5xx, or an answer that proves nothing
│  ├─ CrmServerError     a 500: once more after five seconds, then escalated
│  ├─ CrmThrottled       429: the whole account waits
│  ├─ CrmConflict        409: read and compute again
│  ├─ SearchInconclusive the CRM ignored the filter: could not check, which is not "new guest"
│  ├─ NoProfile          checked, and the CRM has no profile of this guest yet
│  ├─ LeaseTooShort      the claim ends before the call could: given up before anything is sent
│  ├─ ReaderUnavailable  a vendor's read API did not answer
│  ├─ SenderUnavailable  the mail provider did not answer
│  └─ StoreUnavailable
├─ Halted                stop writing to the account, keep what waits
│  ├─ CrmAuthenticationFailed
│  └─ CrmForbidden
├─ GiveUp                a dead letter, for a person
│  ├─ CrmRejected        400, 422 and every answer nobody planned for
│  ├─ GuestGone          404 on a profile
│  ├─ RecordGone         404 on anything else
│  ├─ SenderRejected
│  └─ VenueUnknown       venues.yaml no longer lists the venue of these facts
└─ ConfigurationError    the process must not start
   ├─ SettingMissing
   └─ TableInvalid
"""

from datetime import datetime


class EnrichError(Exception):
    reason = "error"


class Refused(EnrichError):
    status = 400


class SourceUnknown(Refused):
    reason = "source_unknown"
    status = 401


class SignatureInvalid(Refused):
    reason = "signature_invalid"
    status = 401


class DeliveryTooLarge(Refused):
    reason = "delivery_too_large"
    status = 413


class Quarantined(EnrichError):
    reason = "quarantined"


class TimestampOutsideTolerance(Quarantined):
    reason = "timestamp_outside_tolerance"


class DeliveryMalformed(Quarantined):
    reason = "delivery_malformed"


class PayloadInvalid(Quarantined):
    """`path` is where in the vendor's JSON the surprise is; the value itself is never quoted."""

    reason = "payload_invalid"

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


class TryLater(EnrichError):
    reason = "try_later"
    longest_wait: float | None = None
    """Seconds between two tries at most, where it is not what settings say."""

    def __init__(self, message: str, *, not_before: datetime | None = None) -> None:
        super().__init__(message)
        self.not_before = not_before


class CrmUnavailable(TryLater):
    reason = "crm_unavailable"


class CrmServerError(TryLater):
    reason = "crm_server_error"


class CrmThrottled(TryLater):
    reason = "crm_throttled"


class CrmConflict(TryLater):
    reason = "crm_conflict"

    def __init__(self, message: str, *, conflicting_id: str | None = None) -> None:
        super().__init__(message)
        self.conflicting_id = conflicting_id


class SearchInconclusive(TryLater):
    reason = "search_inconclusive"


class NoProfile(TryLater):
    reason = "no_profile"
    longest_wait = 6 * 3600.0  # each try costs the CRM a search


class LeaseTooShort(TryLater):
    reason = "lease_too_short"


class ReaderUnavailable(TryLater):
    reason = "reader_unavailable"


class SenderUnavailable(TryLater):
    reason = "sender_unavailable"


class StoreUnavailable(TryLater):
    reason = "store_unavailable"


class Halted(EnrichError):
    reason = "halted"


class CrmAuthenticationFailed(Halted):
    reason = "crm_authentication_failed"


class CrmForbidden(Halted):
    reason = "crm_forbidden"


class GiveUp(EnrichError):
    reason = "give_up"


class CrmRejected(GiveUp):
    """`code` and `message` are the CRM's own words; `request_id` is what its support asks for."""

    reason = "crm_rejected"

    def __init__(self, message: str, *, code: str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.request_id = request_id


class GuestGone(GiveUp):
    reason = "guest_gone"


class RecordGone(GiveUp):
    reason = "record_gone"


class SenderRejected(GiveUp):
    reason = "sender_rejected"


class VenueUnknown(GiveUp):
    reason = "venue_unknown"


class ConfigurationError(EnrichError):
    reason = "configuration"


class SettingMissing(ConfigurationError):
    reason = "setting_missing"


class TableInvalid(ConfigurationError):
    reason = "table_invalid"
