from datetime import UTC, datetime

import pytest

from enrich.guests.consent import Consent, consent_of
from enrich.guests.profile import Profile

EARLIER, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("flag", "opted_in_at", "opted_out_at", "expected"),
    [
        (None, None, None, Consent.UNKNOWN),
        (True, None, None, Consent.OPTED_IN),
        (True, LATER, EARLIER, Consent.OPTED_IN),
        (None, LATER, EARLIER, Consent.UNKNOWN),
        (None, EARLIER, None, Consent.UNKNOWN),
        (False, LATER, None, Consent.OPTED_OUT),
        (None, None, EARLIER, Consent.OPTED_OUT),
        (True, EARLIER, LATER, Consent.OPTED_OUT),
        (True, EARLIER, EARLIER, Consent.OPTED_OUT),
    ],
)
def test_an_opt_out_wins(flag, opted_in_at, opted_out_at, expected):
    guest = Profile("c1", marketing_opt_in=flag, opted_in_at=opted_in_at, opted_out_at=opted_out_at)
    assert consent_of(guest) is expected


def test_a_no_that_nobody_dated_may_be_what_the_crm_says_of_guests_never_asked() -> None:
    never_asked = Profile("c1", marketing_opt_in=False)
    assert consent_of(never_asked) is Consent.OPTED_OUT
    assert consent_of(never_asked, bare_no_counts=False) is Consent.UNKNOWN
    left = Profile("c1", marketing_opt_in=False, opted_out_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert consent_of(left, bare_no_counts=False) is Consent.OPTED_OUT
