"""HMAC-SHA256 and shared secrets, compared in constant time against every active secret."""

import base64
import hmac
from collections.abc import Callable, Sequence

from enrich.errors import SignatureInvalid

Encoding = Callable[[bytes], bytes]


def base64_of(mac: bytes) -> bytes:
    return base64.b64encode(mac)


def hex_of(mac: bytes) -> bytes:
    return mac.hex().encode()


def require_signature(given: str | None, message: bytes, secrets: Sequence[bytes], encoding: Encoding) -> None:
    if not is_signature(given, message, secrets, encoding):
        raise SignatureInvalid(
            "the signature matches none of the active secrets: check the vendor's signing secret"
        )


def is_signature(given: str | None, message: bytes, secrets: Sequence[bytes], encoding: Encoding) -> bool:
    """Compared as encoded text: decoding first would let several texts pass as one signature."""
    sent = _sent(given)
    matches = sum(hmac.compare_digest(sent, encoding(_mac(key, message))) for key in _active(secrets))
    return matches > 0


def require_secret(given: str | None, secrets: Sequence[bytes]) -> None:
    """For vendors that send the shared secret itself."""
    sent = _mac(b"length", _sent(given))  # hashed, so that the secret's length does not show either
    if not sum(hmac.compare_digest(sent, _mac(b"length", key)) for key in _active(secrets)):
        raise SignatureInvalid("the shared secret is none of the active ones")


def _sent(given: str | None) -> bytes:
    if not given:
        raise SignatureInvalid("the signature is missing")
    return given.encode("utf-8", "replace")


def _active(secrets: Sequence[bytes]) -> list[bytes]:
    active = [key for key in secrets if key]
    if not active:
        raise SignatureInvalid("no signing secret is set: the source is off")
    return active


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
