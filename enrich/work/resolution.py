"""Which profile is a guest's: asked of the CRM each time, because profiles appear and merge without us."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from enrich.crm.directory import GuestDirectory
from enrich.due.unit import Kind, Unit, Urgency
from enrich.errors import GuestGone, NoProfile
from enrich.guests.profile import Profile
from enrich.identity.contact_points import email_point
from enrich.identity.resolve import Resolution, choose
from enrich.store.facts import Guest
from enrich.store.reviews import Finding, ReviewKind
from enrich.store.stores import Stores

MOST_MAILBOXES = 5


def resolve(guest: Guest, crm: GuestDirectory) -> Resolution:
    """By the guest's mailboxes; where none decides, by the CRM's own id. NoProfile when both know nobody."""
    known = guest.shown("email:")
    found = _owners(crm, known) or _with_owners(crm, _by_id(guest, crm))
    resolution = choose(found, _further(guest, found))
    if resolution is None:
        raise NoProfile("the CRM has no profile for this guest's contact points; it is asked again later")
    return resolution


def _further(guest: Guest, found: Sequence[Profile]) -> set[str]:
    """Whom neither the guest's own mailboxes nor the CRM's own id led to."""
    keys, ids = {key for key, _ in guest.contacts}, set(guest.shown("client:"))
    points = {profile.client_id: map(email_point, profile.emails) for profile in found}
    own = {client_id for client_id, tried in points.items() if any(point and point.key in keys for point in tried)}
    return set(points) - own - ids


def _owners(crm: GuestDirectory, addresses: Iterable[str]) -> Sequence[Profile]:
    """Whose mailboxes these are, and their further mailboxes: a duplicate may know just one of them."""
    found: dict[str, Profile] = {}
    asked: set[str] = set()
    waiting = list(addresses)
    while waiting and len(asked) < MOST_MAILBOXES:
        point = email_point(waiting.pop(0))
        if point is None or point.shown_as is None or point.key in asked:
            continue
        asked.add(point.key)
        hits = {profile.client_id: profile for profile in crm.find_by_email(point.shown_as)}
        waiting += [email for hit in hits.values() for email in hit.emails]
        found |= hits
    return list(found.values())


def _with_owners(crm: GuestDirectory, profiles: Sequence[Profile]) -> Sequence[Profile]:
    """Profiles found by id, and those that share a mailbox with them."""
    others = _owners(crm, [email for profile in profiles for email in profile.emails])
    return list({profile.client_id: profile for profile in (*profiles, *others)}.values())


def _by_id(guest: Guest, crm: GuestDirectory) -> Sequence[Profile]:
    found = []
    for client_id in guest.shown("client:"):
        try:
            found.append(crm.get(client_id))
        except GuestGone:
            continue
    return found


def keep_resolution(conn: Connection, stores: Stores, guest: Guest, resolution: Resolution) -> None:
    """Remember the profile, flag its duplicates, and join those of our guests that turn out to be this one."""
    client_id = resolution.canonical.client_id
    now = stores.database.now(conn)
    stores.facts.one_at_a_time(conn, client_id)
    others = stores.facts.others_on(conn, client_id, guest.id)
    for other in others:
        stores.facts.absorb(conn, other, guest.id)
    if others:
        stores.due.drop(conn, [Unit(Kind.GUEST, other) for other in others])
        stores.due.mark(conn, [Unit(Kind.GUEST, guest.id)], now, Urgency.SURVEY)
    if others or guest.client_id != client_id:
        stores.facts.resolved(conn, guest.id, client_id, now)
    stores.reviews.flag(conn, _duplicates(guest, resolution))


def _duplicates(guest: Guest, resolution: Resolution) -> list[Finding]:
    canonical = resolution.canonical.client_id
    return [
        Finding(
            ReviewKind.DUPLICATE,
            key="/".join(sorted((canonical, duplicate.client_id))),
            evidence={"canonical": canonical, "duplicate": duplicate.client_id, **dict(duplicate.evidence)},
            guest_id=guest.id,
            target=duplicate.client_id,
        )
        for duplicate in resolution.duplicates
    ]
