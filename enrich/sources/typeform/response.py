"""A Typeform response as one of our events: answers by the form author's stable names."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from enrich.events.guest_event import Answer, Identifiers, SurveyEvent, version_of
from enrich.sources.vendor_value import VendorValue
from enrich.venues import Venue

# What a link carries when nobody filled it in: Typeform's own "copy link" says xxxxx, mail tools leave merge tags.
UNFILLED = re.compile(r"x{5}|\*\|.*\|\*|\{.*\}|%.*%|\[.*\]|<.*>", re.IGNORECASE | re.DOTALL)

Labels = Mapping[str, str]
"""Choice label, normalised → the author's name for the choice."""


def survey_event(record: Mapping[str, Any], venue: Venue) -> SurveyEvent:
    response = VendorValue(record)
    token = response["token"].identifier()
    submitted = response["submitted_at"].moment()
    return SurveyEvent(
        key=f"typeform/response/{token}",
        version=version_of(submitted),
        occurred_at=submitted,
        venue=venue.id,
        identifiers=_identifiers(response),
        response_id=token,
        form=response["form_id"].identifier(),
        answers=tuple(_answers(response)),
    )


def plain_label(label: str) -> str:
    """For comparing: operators type curly apostrophes, spare blanks and markdown into labels."""
    plain = unicodedata.normalize("NFKC", label).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return " ".join(plain.split()).strip("*_ ").casefold()


def _identifiers(response: VendorValue) -> Identifiers:
    hidden = response["hidden"]
    typed = (answer["email"].text() for answer in response["answers"] if answer["type"].text() == "email")
    return Identifiers(
        invitation=_filled(hidden["guest_ref"]),
        email=_filled(hidden["email"]) or next(filter(None, typed), None),
    )


def _filled(value: VendorValue) -> str | None:
    sent = value.text()
    return None if sent is None or UNFILLED.fullmatch(sent.strip()) else sent


def _answers(response: VendorValue) -> Iterator[Answer]:
    fields = {field["id"].text(): field for field in _fields(response["definition"]["fields"])}
    for answer in response["answers"]:
        kind = answer["type"].text() or ""
        if kind not in READ:
            continue
        field_id = answer["field"]["id"].text()
        field = fields.get(field_id, VendorValue(None))
        question = answer["field"]["ref"].text() or field["ref"].text() or answer["field"]["id"].identifier()
        yield Answer(question=question, title=field["title"].text(), **READ[kind](answer, _labels(field)))


def _fields(fields: VendorValue) -> Iterator[VendorValue]:
    """Question groups hold their questions inside."""
    for field in fields:
        yield field
        yield from _fields(field["properties"]["fields"])


def _labels(field: VendorValue) -> Labels:
    named = ((choice["label"].text(), choice["ref"].text()) for choice in field["choices"])
    return {plain_label(label): ref for label, ref in named if label and ref}


def _one_choice(answer: VendorValue, labels: Labels) -> dict[str, Any]:
    choice = answer["choice"]
    label = choice["label"].text()
    chosen = choice["ref"].text() or (label and _name(label, labels))
    return {"choices": (chosen,) if chosen else (), "text": choice["other"].text()}


def _several_choices(answer: VendorValue, labels: Labels) -> dict[str, Any]:
    """The lists need not be of one length: the longer says more, and an allergy must not fall out."""
    chosen = answer["choices"]
    other = chosen["other"].text()
    refs = [ref for ref in (item.text() for item in chosen["refs"]) if ref]
    shown = [label for label in (item.text() for item in chosen["labels"]) if label and label != other]
    names = refs if len(refs) >= len(shown) else [_name(label, labels) for label in shown]
    return {"choices": tuple(dict.fromkeys(names)), "text": other}


def _words(answer: VendorValue, labels: Labels) -> dict[str, Any]:
    text = answer["text"].text()
    if answer["field"]["type"].text() == "dropdown":
        return {"choices": (_name(text, labels),) if text else ()}
    return {"text": text}


def _name(label: str, labels: Labels) -> str:
    plain = plain_label(label)
    return labels.get(plain, plain)


# Payments, files, signatures and whatever comes next are not kept.
# https://www.typeform.com/developers/webhooks/example-payload/
READ: Mapping[str, Callable[[VendorValue, Labels], dict[str, Any]]] = {
    "choice": _one_choice,
    "choices": _several_choices,
    "text": _words,
    "email": lambda answer, _: {"text": answer["email"].text()},
    "phone_number": lambda answer, _: {"text": answer["phone_number"].text()},
    "url": lambda answer, _: {"text": answer["url"].text()},
    "number": lambda answer, _: {"number": answer["number"].number()},
    "boolean": lambda answer, _: {"yes": answer["boolean"].yes()},
    "date": lambda answer, _: {"day": answer["date"].day()},
}
