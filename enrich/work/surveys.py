"""An invitation is sent: looked at once more in the second before, once per guest and visit, or not at all."""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import GuestGone, SenderRejected
from enrich.guests.decide import present
from enrich.guests.profile import Profile
from enrich.store.facts import Guest
from enrich.store.reviews import Finding, ReviewKind
from enrich.touches.gate import Decision, Expire, Hold, Reason, Suppress
from enrich.touches.invitation import Invitation, InvitationState, mail_for
from enrich.work.parts import Parts
from enrich.work.visits import address_of, dinners, judge

LOOK_AGAIN = timedelta(seconds=15)
PERHAPS_SENT = "perhaps_sent"
OPEN = (InvitationState.PLANNED, InvitationState.READY, InvitationState.SENDING)


class Surveys:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stores = parts.stores

    def work(self, claim: Claim) -> None:
        with self._stores.database.read() as conn:
            invitation = self._stores.invitations.load(conn, claim.unit.ref)
            guest = self._stores.facts.load(conn, invitation.guest_id) if invitation else None
        if invitation is None or guest is None or invitation.state not in OPEN:
            self._finish(claim)
            return
        try:
            profile = self._parts.crm.get(guest.client_id) if guest.client_id else None
        except GuestGone:
            profile = None
        if profile is None:
            self._wait_for_profile(claim, invitation)
            return
        decision = self._judge(invitation, profile, guest)
        if isinstance(decision, Hold):
            self._finish(claim, again_at=decision.until)
        elif isinstance(decision, Suppress | Expire):
            self._call_off(claim, invitation, decision)
        else:
            self._send(claim, invitation, guest, profile)

    def _wait_for_profile(self, claim: Claim, invitation: Invitation) -> None:
        """None was found yet, or it was merged away: the guest's turn is to find the one that stayed."""
        with self._stores.database.write() as conn:
            now = self._parts.now(conn)
            expired = now >= invitation.closed_at + self._parts.pace.survey_expires
            if not expired:
                self._guest_due(conn, invitation, now)
                self._stores.due.finish(conn, claim, again_at=now + LOOK_AGAIN)
        if expired:
            self._call_off(claim, invitation, Expire())

    def _judge(self, invitation: Invitation, profile: Profile, guest: Guest) -> Decision:
        dinner = next((dinner for dinner in dinners(guest) if dinner.key == invitation.visit), None)
        if dinner is None:
            return Suppress(Reason.VOIDED)
        policy = self._parts.tables.survey
        field = self._parts.tables.catalogue[policy.exclusion_to]
        with self._stores.database.read() as conn:
            now = self._parts.now(conn)
        excluded = policy.exclusion_value in present(field, profile)
        closed_at = invitation.closed_at
        return judge(dinner, profile, guest, self._parts, now, closed_at=closed_at, excluded=excluded)

    def _send(self, claim: Claim, invitation: Invitation, guest: Guest, profile: Profile) -> None:
        to = address_of(profile, guest)
        form = self._parts.venues.survey_form(invitation.venue)
        if to is None or form is None:
            self._call_off(claim, invitation, Suppress(Reason.NO_ADDRESS))
            return
        if not self._begin(claim, invitation):
            return
        venue = self._parts.venues.venues[invitation.venue]
        mail = mail_for(invitation, to=to, sender=self._parts.mail_from, venue_name=venue.name, form_url=form)
        try:
            provider_id = self._parts.sender.send(mail)
        except SenderRejected as error:
            self._fail(claim, invitation, error)
            return
        with self._stores.database.write() as conn:
            sent_at = self._parts.now(conn)
            self._stores.invitations.move(
                conn,
                invitation.ref,
                InvitationState.SENT,
                out_of=[InvitationState.SENDING],
                sent_at=sent_at,
                provider_id=provider_id,
            )
            self._stores.due.finish(conn, claim)
            # Until then the exclusion tag is right as it is.
            self._guest_due(conn, invitation, sent_at + self._parts.tables.survey.lasting)

    def _begin(self, claim: Claim, invitation: Invitation) -> bool:
        """Written down before the mail leaves: a crash from here on is repeated under the same key.

        False when it was dealt with since we looked.
        """
        with self._stores.database.write() as conn:
            self._parts.require_lease(conn, claim, timedelta(0))
            begun = self._stores.invitations.move(conn, invitation.ref, InvitationState.SENDING, out_of=OPEN)
            if not begun:
                self._stores.due.finish(conn, claim)
            return begun

    def _call_off(self, claim: Claim, invitation: Invitation, decision: Suppress | Expire) -> None:
        if invitation.state is InvitationState.SENDING:
            self._leave_open(claim, invitation)
            return
        suppressed = isinstance(decision, Suppress)
        state = InvitationState.SUPPRESSED if suppressed else InvitationState.EXPIRED
        reason = decision.reason if isinstance(decision, Suppress) else Reason.LATE
        with self._stores.database.write() as conn:
            self._stores.invitations.move(conn, invitation.ref, state, out_of=OPEN, reason=reason)
            self._stores.due.finish(conn, claim)
            self._guest_due(conn, invitation, self._parts.now(conn))

    def _leave_open(self, claim: Claim, invitation: Invitation) -> None:
        """The provider was asked and never answered: as long as the mail may have left, so does our tag stay."""
        with self._stores.database.write() as conn:
            now = self._parts.now(conn)
            self._failed(conn, claim, invitation, PERHAPS_SENT, "the provider never said whether it left", now)
            self._guest_due(conn, invitation, now + self._parts.tables.survey.lasting)

    def _fail(self, claim: Claim, invitation: Invitation, error: SenderRejected) -> None:
        with self._stores.database.write() as conn:
            self._failed(conn, claim, invitation, error.reason, str(error), None)
            self._guest_due(conn, invitation, self._parts.now(conn))

    def _failed(
        self, conn: Connection, claim: Claim, invitation: Invitation, reason: str, why: str, at: datetime | None
    ) -> None:
        state = InvitationState.FAILED
        self._stores.invitations.move(conn, invitation.ref, state, out_of=OPEN, reason=reason, sent_at=at)
        evidence: dict[str, object] = {"visit": invitation.visit, "why": why}
        finding = Finding(ReviewKind.UNSENT, invitation.ref, evidence, guest_id=invitation.guest_id)
        self._stores.reviews.flag(conn, [finding])
        self._stores.due.finish(conn, claim)

    def _guest_due(self, conn: Connection, invitation: Invitation, at: datetime) -> None:
        """From then on the guest's exclusion tag may go. The guest may have been joined with another meanwhile."""
        current = self._stores.invitations.load(conn, invitation.ref) or invitation
        self._stores.due.mark(conn, [Unit(Kind.GUEST, current.guest_id)], at, Urgency.BACKFILL)

    def _finish(self, claim: Claim, *, again_at: datetime | None = None) -> None:
        with self._stores.database.write() as conn:
            self._stores.due.finish(conn, claim, again_at=again_at)
