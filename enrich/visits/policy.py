"""How checks become a spend tier: `mappings/spend.yaml`."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TierTable(Strict):
    to: str
    """Catalogue field of kind `choice` that holds exactly one tier."""
    by_currency: dict[str, dict[str, Decimal]]
    """Currency → tier → lowest 90-day average per cover that earns it."""


class LoyaltyRule(Strict):
    to: str
    value: str
    visits: int = 5
    total_by_currency: dict[str, Decimal] = {}
    """Currency → cumulative spend; either this or the visits is enough."""


class SpendPolicy(Strict):
    window_days: int = Field(90, ge=1)
    average_to: str | None = None
    """Catalogue field for the rolling average per cover."""
    total_to: str | None = None
    visits_to: str | None = None
    tiers: TierTable
    loyalty: LoyaltyRule
