"""The survey of the demo and its answers, as Typeform delivers them.

https://www.typeform.com/developers/webhooks/example-payload/
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from enrich.demo.guests import Answering, Manner, Reply
from enrich.demo.house import DIET, OCCASION, SEATING, Choice

Document = dict[str, Any]
FORM_ID = "Hv7mQ2xL"
FORM_URL = f"https://venue.typeform.com/to/{FORM_ID}"
RATING, FOOD, TABLE = "overall_rating", "dietary_needs", "seating_preference"
CELEBRATING, KITCHEN = "celebrating", "kitchen_comment"
CHOICES = {FOOD: DIET, TABLE: SEATING, CELEBRATING: OCCASION}
KINDS = {
    RATING: "rating",
    FOOD: "multiple_choice",
    TABLE: "multiple_choice",
    CELEBRATING: "dropdown",
    KITCHEN: "long_text",
}
TITLES = {
    RATING: "How was your evening?",
    FOOD: "Anything we should know about what you eat?",
    TABLE: "Where do you like to sit?",
    CELEBRATING: "Were you celebrating?",
    KITCHEN: "A word for the kitchen?",
}


def response(reply: Reply, guest_ref: str, now: datetime, token: str) -> Document:
    return {
        "event_id": token,
        "event_type": "form_response",
        "form_response": {
            "form_id": FORM_ID,
            "token": token,
            "landed_at": _stamp(now - timedelta(seconds=1)),
            "submitted_at": _stamp(now),
            "hidden": {"guest_ref": guest_ref},
            "definition": {"id": FORM_ID, "title": "Two minutes about tonight", "fields": _fields()},
            "answers": [_rating(reply.rating), *_said(reply)],
        },
    }


def token(rng: Random) -> str:
    return "".join(rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=26))


def _fields() -> list[Document]:
    return [
        {"id": _id(ref), "ref": ref, "type": kind, "title": TITLES[ref], "properties": {}} | _offered(ref)
        for ref, kind in KINDS.items()
    ]


def _offered(ref: str) -> Document:
    if ref not in CHOICES:
        return {}
    choices = [{"id": _id(choice.ref), "ref": choice.ref, "label": choice.label} for choice in CHOICES[ref]]
    return {"choices": choices, "allow_multiple_selections": ref == FOOD, "allow_other_choice": True}


def _said(reply: Reply) -> list[Document]:
    if reply.about is Answering.RATING:
        return []
    if reply.manner is Manner.WORDS:
        return [{"type": "text", "text": reply.choices[0].words, "field": _field(KITCHEN)}]
    if reply.about is Answering.DIET:
        return [{"type": "choices", "choices": _several(reply), "field": _field(FOOD)}]
    if reply.about is Answering.TABLE:
        return [{"type": "choice", "choice": _one(reply), "field": _field(TABLE)}]
    return [{"type": "text", "text": reply.choices[0].label, "field": _field(CELEBRATING)}]


def _several(reply: Reply) -> Document:
    labels = {"labels": [choice.label for choice in reply.choices]}
    if reply.manner is Manner.LABELS:
        return labels
    return labels | {"refs": _refs(reply.choices), "ids": [_id(choice.ref) for choice in reply.choices]}


def _one(reply: Reply) -> Document:
    choice = reply.choices[0]
    named = {} if reply.manner is Manner.LABELS else {"ref": choice.ref, "id": _id(choice.ref)}
    return {"label": choice.label, **named}


def _refs(choices: Sequence[Choice]) -> list[str]:
    return [choice.ref for choice in choices]


def _rating(stars: int) -> Document:
    return {"type": "number", "number": stars, "field": _field(RATING)}


def _field(ref: str) -> Document:
    return {"id": _id(ref), "type": KINDS[ref], "ref": ref}


def _id(ref: str) -> str:
    return f"id_{ref}"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
