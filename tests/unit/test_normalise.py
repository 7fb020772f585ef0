import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrich.identity.addresses import LISTS
from enrich.identity.normalise import Standing, mailbox_key, normalise_email, standing


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        (" Ada.Lovelace@Example.COM ", "ada.lovelace@example.com"),
        ("mailto:ada@example.com?subject=Hi", "ada@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("Ada Lovelace <MAILTO:Ada@example.com>", "ada@example.com"),
        ("ada@example.com,", "ada@example.com"),
        ("ada+eat@gmail.com", "ada+eat@gmail.com"),
        ("a.da@gmail.com", "a.da@gmail.com"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("jose\u0301@example.com", "josé@example.com"),
        ("ada@venue.test", "ada@venue.test"),
    ],
)
def test_debris_and_case_go_and_the_rest_stays(raw, address):
    assert normalise_email(raw) == address


@pytest.mark.parametrize("raw", [None, "", "N/A", "ada", "ada@", "none@none", "a b@example.com", "ada@x.invalid"])
def test_what_is_no_address_is_none(raw):
    assert normalise_email(raw) is None
    assert mailbox_key(raw) is None


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("a.d.a@gmail.com", "ada@googlemail.com"),
        ("ada+eat@gmail.com", "Ada@Gmail.com"),
        ("ada+eat@outlook.com", "ada@outlook.com"),
        ("ada+eat@hotmail.com", "ada@hotmail.com"),
        ("ada+eat@icloud.com", "ada@icloud.com"),
        ("ada+eat@proton.me", "ada@proton.me"),
        ("mailto:ADA@web.de", "ada@web.de"),
    ],
)
def test_one_mailbox_has_one_key(one, two):
    assert mailbox_key(one) == mailbox_key(two)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("j.smith@outlook.com", "jsmith@outlook.com"),
        ("j.smith@yahoo.com", "jsmith@yahoo.com"),
        ("ada+eat@yahoo.com", "ada@yahoo.com"),
        ("ada@gmail.com", "ada@hotmail.com"),
        ("+eat@gmail.com", "+pay@gmail.com"),
    ],
)
def test_two_mailboxes_have_two_keys(one, two):
    assert mailbox_key(one) != mailbox_key(two)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("ada@example.com", Standing.PERSONAL),
        ("na1973@gmail.com", Standing.PERSONAL),
        ("anna.host@example.com", Standing.PERSONAL),
        ("informatik.anna@example.com", Standing.PERSONAL),
        ("info@example.com", Standing.ROLE),
        ("No-Reply+x@example.com", Standing.ROLE),
        ("reservations2@example.com", Standing.ROLE),
        ("front.desk@hotel.example", Standing.ROLE),
        ("concierge-team@hotel.example", Standing.ROLE),
        ("somebody@trip.com", Standing.ROLE),
        ("x7@guest.booking.com", Standing.RELAY),
        ("x7@eu.guest.booking.com", Standing.RELAY),
        ("info@privaterelay.appleid.com", Standing.RELAY),
        ("ada@booking.com", Standing.PERSONAL),
        ("none@none.com", Standing.PLACEHOLDER),
        ("Walk-In@example.com", Standing.PLACEHOLDER),
        ("test12@test.com", Standing.PLACEHOLDER),
        ("noemail@example.com", Standing.PLACEHOLDER),
        ("guest@reply.resy.example", Standing.PLACEHOLDER),
        ("not an address", Standing.PLACEHOLDER),
        (None, Standing.PLACEHOLDER),
    ],
)
def test_only_a_persons_own_address_is_personal(address, expected):
    assert standing(address) is expected


@pytest.mark.parametrize("domain", sorted(LISTS.relay_domains))
def test_every_relay_domain_is_a_relay(domain):
    assert standing(f"ada.lovelace@{domain}") is Standing.RELAY


@pytest.mark.parametrize("own", ["Chef@Larkspur.example", "@larkspur.example"])
def test_a_venue_may_add_its_own_addresses(own):
    assert standing("chef@larkspur.example") is Standing.PERSONAL
    assert standing("chef@larkspur.example", [own]) is Standing.ROLE
    assert standing("chef@elsewhere.example", [own]) is Standing.PERSONAL


local_parts = st.one_of(st.text(min_size=1, max_size=12), st.from_regex(r"[a-z.+]{1,8}", fullmatch=True))
domains = st.sampled_from(
    ["gmail.com", "GoogleMail.com", "outlook.com", "icloud.com", "Example.com", "bücher.example"]
)
addresses = st.builds(
    "{}{}@{}{}".format, st.sampled_from(["", " <", "mailto:"]), local_parts, domains, st.just(" ")
)


@given(addresses)
def test_normalising_twice_is_normalising_once(raw):
    once = normalise_email(raw)
    assert once is None or normalise_email(once) == once
    key = mailbox_key(raw)
    assert key is None or mailbox_key(key) == key
    assert mailbox_key(once) == key


@given(st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,4})?(\+[a-z]{1,4})?", fullmatch=True), domains)
def test_case_and_wrapping_never_change_the_mailbox(local, domain):
    plain = f"{local}@{domain}"
    assert mailbox_key(plain) == mailbox_key(f" <mailto:{plain.upper()}> ") is not None
