"""An event as the body of a PATCH: the mapping tables, and what one event alone can tell."""

from collections.abc import Iterable
from typing import Any

from enrich.events.guest_event import CheckEvent, ReservationEvent, SurveyEvent
from enrich.mapping.engine import read_survey
from enrich.mapping.reading import Proposal, Provenance
from enrich.mapping.table import ChoiceField, CustomField, LinesField, Tables, TagsField
from enrich.visits.spend import spend_of, spend_proposals

Document = dict[str, Any]


def of_survey(event: SurveyEvent, tables: Tables, client: Document) -> Document:
    return _body(read_survey(event, tables).proposals, tables, client)


def of_check(event: CheckEvent, tables: Tables, client: Document) -> Document:
    """This check alone: without a store there is no other."""
    summary = spend_of([event], tables.spend, event.business_date, event.spend.currency)
    provenance = Provenance(event.key, event.occurred_at, "spend")
    return _body(spend_proposals(summary, tables.spend, provenance), tables, client)


def of_reservation(event: ReservationEvent, client: Document, note: str) -> Document:
    tags = [f"{tag['group']}: {tag['tag']}" for tag in client["client_tags"]]
    lines = [f"{client['total_visits'] or 0} visits", f"party of {event.party_size}", *tags[:3]]
    briefing = "\n".join(f"• {line}" for line in lines)
    return {"internal_notes": note if briefing in note else f"{note}\n{briefing}".strip()}


def _body(proposals: Iterable[Proposal], tables: Tables, client: Document) -> Document:
    add: list[str] = []
    remove: list[str] = []
    fields: list[Document] = []
    notes: str = client.get("notes") or ""
    for proposal in proposals:
        field, value = tables.catalogue[proposal.field], proposal.value
        if isinstance(field, TagsField | ChoiceField):
            add.append(f"{field.group}:{value}")
        if isinstance(field, ChoiceField):
            remove += [f"{field.group}:{other}" for other in field.values if other != value]
        if isinstance(field, LinesField) and value not in notes:
            notes = f"{notes}\n{value}".strip()
        if isinstance(field, CustomField):
            fields.append({"system_name": field.system_name, "value": value})
    body = {"client_tags_to_add": add, "client_tags_to_remove": remove, "custom_fields": fields}
    changed = {"notes": notes} if notes != (client.get("notes") or "") else {}
    return {name: rows for name, rows in body.items() if rows} | changed
