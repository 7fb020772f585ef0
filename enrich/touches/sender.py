"""Handing a mail to the provider."""

from typing import Protocol

import httpx

from enrich.errors import SenderRejected, SenderUnavailable
from enrich.touches.invitation import Mail


class Sender(Protocol):
    def send(self, mail: Mail) -> str:
        """The provider's id. The same key again is the same mail. SenderUnavailable or SenderRejected."""


class ResendSender:
    """A provider with Resend's API and its idempotency keys: https://resend.com/docs/api-reference/emails/send-email"""

    def __init__(self, base_url: str, api_key: str, *, timeout: float = 10.0) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            headers={"Authorization": f"Bearer {api_key}"},
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
        )

    def send(self, mail: Mail) -> str:
        body = {"from": mail.sender, "to": [mail.to], "subject": mail.subject, "text": mail.text}
        try:
            answer = self._client.post("/emails", json=body, headers={"Idempotency-Key": mail.key})
        except httpx.HTTPError as error:
            raise SenderUnavailable(f"the mail provider did not answer: {type(error).__name__}") from None
        if answer.status_code == httpx.codes.CONFLICT:
            # The key is known with another body: the mail left the first time we asked.
            return ""
        if answer.status_code in (401, 403, 408, 429) or answer.status_code >= 500:
            raise SenderUnavailable(f"the mail provider answered {answer.status_code}")
        if not answer.is_success:
            raise SenderRejected(f"the mail provider refused the mail with {answer.status_code}")
        return _id(answer)

    def close(self) -> None:
        self._client.close()


def _id(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["id"])
    except (ValueError, KeyError, TypeError):
        raise SenderUnavailable("the mail provider's answer proves nothing") from None
