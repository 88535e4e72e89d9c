"""Which addresses may be asked, exhaustively: sorts of addresses, forms they hide in, who names them."""

import ipaddress

import pytest

from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.policy import METADATA, Reach, judge, usable
from gitops_master.ports.outside import Allowed

HOST = "shop.example.test"
NOTHING, NAMED = Allowed(), frozenset({HOST})

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "223.255.255.255",
]
PUBLIC += ["168.63.129.15", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
PRIVATE = ["10.0.0.0", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.0"]
PRIVATE += ["100.127.255.255", "fc00::1", "fd12:3456:789a::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]
LOOPBACK = ["127.0.0.1", "127.0.0.53", "127.255.255.255", "::1"]
LINK_LOCAL = ["169.254.0.1", "169.254.169.254", "169.254.170.2", "169.254.255.255", "fe80::1", "febf::1"]
CLOUD = [
    "fd00:ec2::254",
    "fd00:ec2::23",
    "fd20:ce::254",
    "fd00:c1::a9fe:a9fe",
    "fd00:42::42",
    "100.100.100.200",
    "100.96.0.96",
]
CLOUD += ["192.0.0.192", "168.63.129.16"]
OTHERS = [
    "0.0.0.0",
    "0.1.2.3",
    "255.255.255.255",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.51.100.1",
]
OTHERS += [
    "203.0.113.1",
    "198.18.0.1",
    "198.19.255.255",
    "192.88.99.1",
    "::",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "3fff::1",
]
OTHERS += ["2001:2::1", "2001:20::1", "fec0::1", "100::1", "4000::1", "5f00::1", "64:ff9b:1::a00:1", "fe00::1"]
NEVER = LINK_LOCAL + CLOUD + OTHERS


def sort_of(text: str) -> Reach:
    return judge(ipaddress.ip_address(text)).reach


@pytest.mark.parametrize(
    ("reach", "texts"),
    [(Reach.PUBLIC, PUBLIC), (Reach.PRIVATE, PRIVATE), (Reach.LOOPBACK, LOOPBACK), (Reach.NEVER, NEVER)],
)
def test_every_address_is_of_one_sort(reach: Reach, texts: list[str]) -> None:
    assert {text: sort_of(text) for text in texts} == dict.fromkeys(texts, reach)


def forms(text: str) -> list[str]:
    """The ways to hide an IPv4 address in one of IPv6."""
    number = int(ipaddress.IPv4Address(text))
    high, low = number >> 16, number & 0xFFFF
    turned = number ^ 0xFFFFFFFF
    return [
        f"::ffff:{text}",
        f"::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"64:ff9b::{high:x}:{low:x}",
        f"2001:0:{high:x}:{low:x}:0:0:f7f7:f7f7",  # Teredo: the server's; the client's is 8.8.8.8
        f"2001:0:808:808:0:0:{turned >> 16:x}:{turned & 0xFFFF:x}",  # Teredo: the client's
        f"2a00::5efe:{high:x}:{low:x}",  # ISATAP
        f"2a00::200:5efe:{high:x}:{low:x}",
    ]


@pytest.mark.parametrize(
    "text", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1"]
)
def test_an_address_that_hides_another_is_judged_as_that_one(text: str) -> None:
    hidden = forms(text)

    assert {one: sort_of(one) for one in hidden} == dict.fromkeys(hidden, sort_of(text))


def test_behind_a_translating_network_public_addresses_stay_public() -> None:
    assert {sort_of(one) for one in forms("8.8.8.8")} == {Reach.PUBLIC}


@pytest.mark.parametrize("text", NEVER)
def test_what_is_never_asked_stays_so_whoever_names_it(text: str) -> None:
    allowed = Allowed(addresses=frozenset({text}), hosts=NAMED)

    with pytest.raises(Failed) as refused:
        usable(HOST, [text], allowed, NAMED)

    assert refused.value.trouble.kind == "not-allowed"
    assert refused.value.trouble.text.endswith(": never asked, whoever names it")
    assert f"{HOST} leads to {text}, a" in refused.value.trouble.text


@pytest.mark.parametrize(
    "text", [hidden for one in sorted(METADATA, key=str) if one.version == 4 for hidden in forms(str(one))]
)
def test_metadata_hidden_in_another_form_is_never_asked(text: str) -> None:
    with pytest.raises(Failed):
        usable(HOST, [text], Allowed(frozenset({text}), NAMED), NAMED)


@pytest.mark.parametrize("text", PRIVATE)
def test_a_private_address_is_asked_where_a_status_shows_it_or_a_file_names_the_host(text: str) -> None:
    with pytest.raises(Failed) as refused:
        usable(HOST, [text], NOTHING, frozenset())
    with pytest.raises(Failed):
        usable(HOST, [text], Allowed(addresses=frozenset({"10.9.9.9"})), frozenset({"other.example.test"}))

    assert usable(HOST, [text], Allowed(addresses=frozenset({text})), frozenset()) == (text,)
    assert usable(HOST, [text], NOTHING, NAMED) == (text,)
    assert refused.value.trouble.text == (
        f"{HOST} leads to {text}, a private address: not asked: no Ingress, Gateway or Service shows it in its status; "
        f"a trusted .gitops-verify.yaml that names {HOST} under `hosts` allows it"
    )


@pytest.mark.parametrize("text", LOOPBACK)
def test_a_loopback_address_is_asked_only_where_a_file_names_the_host(text: str) -> None:
    with pytest.raises(Failed) as refused:
        usable(HOST, [text], Allowed(addresses=frozenset({text})), frozenset())

    assert usable(HOST, [text], NOTHING, NAMED) == (text,)
    assert "only a trusted .gitops-verify.yaml that names" in refused.value.trouble.text


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_asked_always(text: str) -> None:
    assert usable(HOST, [text], NOTHING, frozenset()) == (text,)


def test_of_several_addresses_only_those_that_are_allowed_are_used_in_their_order() -> None:
    found = usable(HOST, ["169.254.169.254", "10.0.0.7", "8.8.8.8", "127.0.0.1", "1.1.1.1"], NOTHING, frozenset())

    assert found == ("8.8.8.8", "1.1.1.1")


def test_where_none_is_allowed_the_one_nearest_to_being_allowed_is_named() -> None:
    with pytest.raises(Failed) as refused:
        usable(HOST, ["169.254.169.254", "10.0.0.7", "127.0.0.1"], NOTHING, frozenset())

    assert refused.value.trouble.text.startswith(f"{HOST} leads to 10.0.0.7, a private address (and 2 more): not asked")


def test_a_mapped_address_is_compared_and_connected_to_as_what_it_means() -> None:
    allowed = Allowed(addresses=frozenset({"10.0.0.7"}))

    assert usable(HOST, ["::ffff:10.0.0.7", "10.0.0.7"], allowed, frozenset()) == ("10.0.0.7",)


def test_an_address_with_a_zone_is_link_local() -> None:
    with pytest.raises(Failed, match="link-local"):
        usable(HOST, ["fe80::1%eth0"], NOTHING, NAMED)


def test_a_host_that_is_an_address_is_named_once() -> None:
    with pytest.raises(Failed) as refused:
        usable("169.254.169.254", ["169.254.169.254"], NOTHING, frozenset())

    assert refused.value.trouble.text == (
        "169.254.169.254 is an address of a cloud's metadata: never asked, whoever names it"
    )
