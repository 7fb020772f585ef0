"""Ids in the CRM's form: URL-safe base64 of a datastore key. Case matters."""

import base64
import hashlib
from enum import StrEnum

_APPLICATION = b"s~sevenrooms-secure-demo"
_SPREAD = 0x9E3779B97F4A7 | 1
_SPACE = 1 << 52


class Kind(StrEnum):
    VENUE = "nightloop_Venue"
    VENUE_GROUP = "nightloop_VenueGroup"
    VENUE_CLIENT = "nightloop_VenueClient"
    CLIENT = "nightloop_VenueGroupClient"
    RESERVATION = "nightloop_ReservationActual"
    USER = "gae_User"


def mint(kind: Kind, number: int, seed: str = "sandbox") -> str:
    """The same id for the same arguments; two numbers below 2**52 never share one."""
    return _encode(kind, _SPACE + (number * _SPREAD + _offset(kind, seed)) % _SPACE)


def client_id(number: int, seed: str = "sandbox") -> str:
    return mint(Kind.CLIENT, number, seed)


def reservation_id(number: int, seed: str = "sandbox") -> str:
    return mint(Kind.RESERVATION, number, seed)


def venue_id(number: int, seed: str = "sandbox") -> str:
    return mint(Kind.VENUE, number, seed)


def venue_group_id(number: int, seed: str = "sandbox") -> str:
    return mint(Kind.VENUE_GROUP, number, seed)


def _offset(kind: Kind, seed: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{kind}:{seed}".encode(), digest_size=8).digest())


def _encode(kind: Kind, number: int) -> str:
    name = kind.encode()
    path = b"\x0b\x12" + _varint(len(name)) + name + b"\x18" + _varint(number) + b"\x0c"
    key = b"j" + _varint(len(_APPLICATION)) + _APPLICATION + b"r" + _varint(len(path)) + path
    return base64.urlsafe_b64encode(key).rstrip(b"=").decode()


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
