"""The one table from what goes wrong on the wire to our errors. What it does not know is CrmRejected."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from enrich.crm.sevenrooms.call import About, Answer, Call
from enrich.errors import (
    CrmAuthenticationFailed,
    CrmConflict,
    CrmForbidden,
    CrmRejected,
    CrmServerError,
    CrmThrottled,
    CrmUnavailable,
    EnrichError,
    GuestGone,
    RecordGone,
    TryLater,
)

RETRY_AFTER_CAP = timedelta(minutes=15)

NO_ANSWER = (httpx.TimeoutException, httpx.NetworkError, httpx.RemoteProtocolError, httpx.DecodingError)

TRY_LATER: Mapping[int, type[TryLater]] = {408: CrmUnavailable, 429: CrmThrottled, 500: CrmServerError}
NOT_FOUND: Mapping[About, type[EnrichError]] = {About.GUEST: GuestGone, About.RESERVATION: RecordGone}
SCOPE_KEYS = ("scope", "required_scope", "missing_scope", "scopes")

# Texts known from the live service that mean something else than their status says.
TOKEN_REFUSED = frozenset({"token is not valid"})
RESERVATION_UNKNOWN = frozenset({"invalid reservation id"})


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an answer's body says against the call, in either of the vendor's two shapes."""

    status: int | None = None
    code: str = ""
    words: str = ""
    request_id: str = ""
    details: Mapping[str, Any] | None = None
    is_error: bool = False

    def says(self, texts: frozenset[str]) -> bool:
        return self.words.strip().rstrip(".").lower() in texts


def transport_failure(call: Call, error: httpx.HTTPError) -> EnrichError:
    """Only the error's class is told: httpx quotes addresses and header values in its texts."""
    kind = CrmUnavailable if isinstance(error, NO_ANSWER) else CrmRejected
    return _for_login(call, kind(f"{call.name}: no answer ({type(error).__name__})"))


def unreadable(call: Call, problem: str) -> CrmUnavailable:
    return CrmUnavailable(f"{call.name}: the answer proves nothing: {problem}")


def token_refused(answer: Answer) -> bool:
    """Whether a fresh token may help; such a call was not carried out."""
    complaint = complaint_of(answer)
    return answer.status == 401 or complaint.status == 401 or complaint.says(TOKEN_REFUSED)


def document_of(call: Call, answer: Answer, now: datetime) -> Mapping[str, Any]:
    """The body of a call that succeeded. Everything else raises."""
    if not 200 <= answer.status < 300:
        raise _for_login(call, _by_status(call, answer, complaint_of(answer), now))
    if answer.document is None:
        raise unreadable(call, _why_unreadable(answer))
    complaint = complaint_of(answer)
    if complaint.is_error or complaint.status not in (None, answer.status):
        raise unreadable(call, f"{answer.status} with an error inside{_tail(call, complaint)}")
    return answer.document


def complaint_of(answer: Answer) -> Complaint:
    document = answer.document
    if document is None:
        return Complaint()
    error = document.get("error")
    nested = error if isinstance(error, Mapping) else {}
    details = nested.get("details")
    status = document.get("status")
    return Complaint(
        status=status if isinstance(status, int) else None,
        code=_token(nested.get("code") or document.get("code")),
        words=str(nested.get("message") or document.get("msg") or ""),
        request_id=_token(document.get("request_id")),
        details=details if isinstance(details, Mapping) else None,
        is_error=bool(error),
    )


def _by_status(call: Call, answer: Answer, complaint: Complaint, now: datetime) -> EnrichError:
    said = f"{call.name}: {answer.status}{_tail(call, complaint)}"
    if answer.status in TRY_LATER or answer.status in range(501, 600):
        kind = TRY_LATER.get(answer.status, CrmUnavailable)
        return kind(said, not_before=_not_before(answer, now))
    if answer.status == 401 or complaint.says(TOKEN_REFUSED):
        return CrmAuthenticationFailed(said)
    if answer.status == 403:
        return CrmForbidden(f"{said}: {_scope(call, complaint)}")
    if gone := _gone(call, answer, complaint):
        return gone(said)
    if answer.status == 409:
        return CrmConflict(said, conflicting_id=_conflicting(complaint))
    words = _scrubbed(call, complaint.words)
    return CrmRejected(f"{said}: {words}", code=complaint.code, request_id=complaint.request_id)


def _gone(call: Call, answer: Answer, complaint: Complaint) -> type[EnrichError] | None:
    if answer.status == 404:
        return NOT_FOUND.get(call.about)
    if answer.status == 400 and call.about is About.RESERVATION and complaint.says(RESERVATION_UNKNOWN):
        return RecordGone
    return None


def _for_login(call: Call, failure: EnrichError) -> EnrichError:
    """No guest is to blame for a login that fails, whatever the status."""
    if call.about is not About.LOGIN or isinstance(failure, TryLater | CrmAuthenticationFailed):
        return failure
    return CrmAuthenticationFailed(str(failure))


def _why_unreadable(answer: Answer) -> str:
    if not answer.complete:
        return "too large"
    return "not a JSON object" if answer.is_json else "not JSON by its content type"


def _not_before(answer: Answer, now: datetime) -> datetime | None:
    """Retry-After in seconds or as an HTTP date."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
            moment = now + timedelta(seconds=float(value))
        else:
            moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware, now), now + RETRY_AFTER_CAP)


def _conflicting(complaint: Complaint) -> str | None:
    value = (complaint.details or {}).get("conflicting_id")
    return value if isinstance(value, str) and value else None


def _scope(call: Call, complaint: Complaint) -> str:
    """The missing right: from the details if it is named there, else in the vendor's words."""
    details = complaint.details or {}
    named = next((details[key] for key in SCOPE_KEYS if details.get(key)), "")
    text = " ".join(map(str, named)) if isinstance(named, list) else str(named)
    return _scrubbed(call, " ".join(filter(None, (text, complaint.words))))


def _tail(call: Call, complaint: Complaint) -> str:
    code = f" {complaint.code}" if complaint.code and complaint.code not in call.private else ""
    return code + (f" (request {complaint.request_id})" if complaint.request_id else "")


def _token(value: object) -> str:
    """A vendor's code or request id, if it looks like one."""
    text = str(value) if isinstance(value, str | int) else ""
    return text if re.fullmatch(r"[A-Za-z0-9_.\-]{1,64}", text) else ""


def _scrubbed(call: Call, words: str) -> str:
    """The vendor's words without what we sent, addresses, numbers of a phone's length and opaque ids."""
    lines = {line.strip() for text in call.private for line in text.splitlines()}
    for line in sorted((line for line in lines if len(line) > 2), key=len, reverse=True):
        words = re.sub(re.escape(line), "…", words, flags=re.IGNORECASE)
    words = re.sub(r"\S+@\S+|\+?\d[\d\s().\-]{5,}\d|[A-Za-z0-9_\-]{24,}", "…", words)
    return " ".join(words.split())[:160]
