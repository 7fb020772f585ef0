"""venues.yaml of the tests' restaurant."""

from enrich.sandbox.config import SandboxConfig
from enrich.sandbox.documents import VENUE_GROUP_ID, VENUE_ID


def venues(sandbox: str) -> str:
    return f"""
venues:
  harbor:
    name: Harbor & Vine
    zone: America/New_York
    currency: USD
    country: US
    crm_venue_id: {VENUE_ID}
    crm_venue_group_id: {VENUE_GROUP_ID}
connections:
  harbor:
    source: sevenrooms
    venue: harbor
    secrets: [HARBOR_SEVENROOMS]
  harbor-pos:
    source: toast
    venue: harbor
    secrets: [HARBOR_TOAST]
    reader:
      base_url: {sandbox}/toast
      client_id: {SandboxConfig().toast_client_id}
      client_secret: HARBOR_TOAST_CLIENT
      location: harbor-restaurant
  harbor-survey:
    source: typeform
    venue: harbor
    secrets: [HARBOR_TYPEFORM]
    options: {{form_url: "https://harbor.example/to/Hv7mQ2xL"}}
"""
