from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from enrich.events.guest_event import CheckState
from enrich.guests.consent import Consent
from enrich.identity.normalise import Standing
from enrich.touches.gate import Expire, Hold, Invitation, Reason, Send, Suppress, gate
from enrich.touches.policy import SurveyPolicy

CLOSED_AT = datetime(2026, 11, 20, 21, 0, tzinfo=UTC)
POLICY = SurveyPolicy(exclusion_to="tags", exclusion_value="asked")
STRICT = POLICY.model_copy(update={"ask_when_consent_unknown": False})
ANY_DINING = POLICY.model_copy(update={"dine_in_only": False})


def after(**duration):
    return CLOSED_AT + timedelta(**duration)


NOW = after(minutes=5)


def decided(now=NOW, policy=POLICY, **fields):
    usual = {
        "closed_at": CLOSED_AT,
        "heard_at": after(seconds=3),
        "state": CheckState.PAID,
        "spend": Decimal(120),
        "dine_in": True,
        "consent": Consent.OPTED_IN,
        "standing": Standing.PERSONAL,
        "exclusion_confirmed": True,
    }
    return gate(Invitation(**{**usual, **fields}), policy, now, expires_after=1800, look_again_after=15)


SUPPRESSED = [
    ({"already_sent": True}, "already_sent"),
    ({"replayed": True}, "replay"),
    ({"consent": Consent.OPTED_OUT}, "opted_out"),
    ({"consent": Consent.OPTED_OUT, "state": CheckState.VOIDED}, "opted_out"),
    ({"consent": Consent.UNKNOWN, "policy": STRICT}, "consent_unknown"),
    ({"state": CheckState.VOIDED}, "voided"),
    ({"state": CheckState.IGNORED}, "voided"),
    ({"spend": Decimal(0)}, "zero_spend"),
    ({"dine_in": False}, "not_dine_in"),
    ({"standing": None}, "no_address"),
    ({"standing": Standing.PLACEHOLDER}, "no_address"),
    ({"standing": Standing.ROLE}, "shared_address"),
    ({"standing": Standing.RELAY}, "shared_address"),
    ({"heard_at": after(minutes=30), "now": after(minutes=31)}, "late"),
]


@pytest.mark.parametrize(("fields", "reason"), SUPPRESSED)
def test_an_objection_suppresses_the_invitation(fields, reason):
    assert decided(**fields) == Suppress(Reason(reason))


def test_every_reason_has_a_case():
    assert {reason for _, reason in SUPPRESSED} == set(Reason)


@pytest.mark.parametrize(
    ("fields", "decision"),
    [
        ({}, Send()),
        ({"state": CheckState.CLOSED}, Send()),
        ({"consent": Consent.UNKNOWN}, Send()),
        ({"consent": Consent.OPTED_IN, "policy": STRICT}, Send()),
        ({"dine_in": False, "policy": ANY_DINING}, Send()),
        ({"now": after(seconds=1799)}, Send()),
        ({"now": after(seconds=1800)}, Expire()),
        ({"now": after(seconds=1800), "exclusion_confirmed": False}, Expire()),
        ({"exclusion_confirmed": False}, Hold(after(minutes=5, seconds=15))),
        ({"exclusion_confirmed": False, "now": after(seconds=1795)}, Hold(after(seconds=1800))),
        ({"state": CheckState.OPEN, "spend": Decimal(0)}, Hold(after(minutes=5, seconds=15))),
    ],
)
def test_without_objection_it_is_sent_held_or_expires(fields, decision):
    assert decided(**fields) == decision
