"""An invitation is sent: looked at once more in the second before, once per guest and visit, or not at all."""

from datetime import datetime

from sqlalchemy import Connection

from enrich.due.unit import Claim, Kind, Unit, Urgency
from enrich.errors import LeaseTooShort, SenderRejected
from enrich.guests.decide import present
from enrich.guests.profile import Profile
from enrich.store.facts import Guest
from enrich.store.reviews import Finding, ReviewKind
from enrich.touches.gate import Decision, Expire, Hold, Reason, Suppress
from enrich.touches.invitation import Invitation, InvitationState, mail_for
from enrich.work.guests import MARGIN
from enrich.work.parts import Parts
from enrich.work.visits import Dinner, address_of, dinners, judge

OPEN = (InvitationState.PLANNED, InvitationState.READY, InvitationState.SENDING)


class Surveys:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stores = parts.stores

    def work(self, claim: Claim) -> None:
        with self._stores.database.read() as conn:
            invitation = self._stores.invitations.load(conn, claim.unit.ref)
            guest = self._stores.facts.load(conn, invitation.guest_id) if invitation else None
        if invitation is None or guest is None or invitation.state not in OPEN or guest.client_id is None:
            self._finish(claim)
            return
        dinner = next((dinner for dinner in dinners(guest) if dinner.key == invitation.visit), None)
        profile = self._parts.crm.get(guest.client_id)
        decision = self._judge(dinner, profile, guest)
        if isinstance(decision, Hold):
            self._finish(claim, again_at=decision.until)
        elif isinstance(decision, Suppress | Expire):
            self._call_off(claim, invitation, decision)
        else:
            self._send(claim, invitation, guest, profile)

    def _judge(self, dinner: Dinner | None, profile: Profile, guest: Guest) -> Decision:
        if dinner is None:
            return Suppress(Reason.VOIDED)
        policy = self._parts.tables.survey
        field = self._parts.tables.catalogue[policy.exclusion_to]
        with self._stores.database.read() as conn:
            now = self._parts.now(conn)
        excluded = policy.exclusion_value in present(field, profile)
        return judge(dinner, profile, guest, self._parts, now, excluded=excluded)

    def _send(self, claim: Claim, invitation: Invitation, guest: Guest, profile: Profile) -> None:
        to = address_of(profile, guest)
        form = self._parts.venues.survey_form(invitation.venue)
        if to is None or form is None:
            self._call_off(claim, invitation, Suppress(Reason.NO_ADDRESS))
            return
        self._begin(claim, invitation)
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

    def _begin(self, claim: Claim, invitation: Invitation) -> None:
        """Written down before the mail leaves: a crash from here on is repeated under the same key."""
        with self._stores.database.write() as conn:
            if not self._stores.due.holds(conn, claim, for_at_least=MARGIN):
                raise LeaseTooShort("the claim would end before the provider's answer: nothing was sent")
            self._stores.invitations.move(conn, invitation.ref, InvitationState.SENDING, out_of=OPEN)

    def _call_off(self, claim: Claim, invitation: Invitation, decision: Suppress | Expire) -> None:
        suppressed = isinstance(decision, Suppress)
        state = InvitationState.SUPPRESSED if suppressed else InvitationState.EXPIRED
        reason = decision.reason if isinstance(decision, Suppress) else Reason.LATE
        with self._stores.database.write() as conn:
            self._stores.invitations.move(conn, invitation.ref, state, out_of=OPEN, reason=reason)
            self._stores.due.finish(conn, claim)
            self._guest_due(conn, invitation, self._parts.now(conn))

    def _fail(self, claim: Claim, invitation: Invitation, error: SenderRejected) -> None:
        with self._stores.database.write() as conn:
            self._stores.invitations.move(
                conn, invitation.ref, InvitationState.FAILED, out_of=OPEN, reason=error.reason
            )
            evidence: dict[str, object] = {"visit": invitation.visit, "why": str(error)}
            finding = Finding(ReviewKind.UNSENT, invitation.ref, evidence, guest_id=invitation.guest_id)
            self._stores.reviews.flag(conn, [finding])
            self._stores.due.finish(conn, claim)
            self._guest_due(conn, invitation, self._parts.now(conn))

    def _guest_due(self, conn: Connection, invitation: Invitation, at: datetime) -> None:
        """From then on the guest's exclusion tag may go."""
        self._stores.due.mark(conn, [Unit(Kind.GUEST, invitation.guest_id)], at, Urgency.BACKFILL)

    def _finish(self, claim: Claim, *, again_at: datetime | None = None) -> None:
        with self._stores.database.write() as conn:
            self._stores.due.finish(conn, claim, again_at=again_at)
