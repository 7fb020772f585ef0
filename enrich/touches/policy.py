"""When a guest may be asked: `mappings/survey.yaml`."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict


class SurveyPolicy(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    exclusion_to: str
    """Catalogue field whose tag keeps the CRM's own follow-up away from guests we ask ourselves."""
    exclusion_value: str
    exclusion_hours: int = 36
    """How long the tag stays after the invitation: the CRM's own mails leave 4 to 24 hours after a visit."""
    ask_when_consent_unknown: bool = True
    """A guest who never said yes or no to marketing. False for EU and UK venues."""
    bare_no_counts: bool = True
    """`marketing_opt_in: false` without any date is a no. False where the CRM says so of guests nobody asked."""
    dine_in_only: bool = True

    @property
    def lasting(self) -> timedelta:
        return timedelta(hours=self.exclusion_hours)
