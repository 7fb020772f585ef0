"""What the guest allowed."""

from enum import StrEnum

from enrich.guests.profile import Profile


class Consent(StrEnum):
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"
    UNKNOWN = "unknown"


def consent_of(profile: Profile, *, bare_no_counts: bool = True) -> Consent:
    """Doubt is an opt-out: a flag and a stamp that disagree, and two stamps of the same moment.

    `bare_no_counts`: whether a `false` that nobody ever dated is a no, or what the CRM says of all it never asked.
    """
    never_asked = profile.opted_in_at is None and profile.opted_out_at is None
    said_no = profile.marketing_opt_in is False and (bare_no_counts or not never_asked)
    if said_no or _left_last(profile):
        return Consent.OPTED_OUT
    return Consent.OPTED_IN if profile.marketing_opt_in else Consent.UNKNOWN


def _left_last(profile: Profile) -> bool:
    if profile.opted_out_at is None:
        return False
    return profile.opted_in_at is None or profile.opted_out_at >= profile.opted_in_at
