"""Hosts, URLs, ports and headers that are refused before anything is sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yarl import URL

from gitops_master.adapters.outside.failed import Failed
from gitops_master.adapters.outside.targets import (
    Target,
    canonical_host,
    check_headers,
    check_port,
    check_secret,
    target,
)

HOST = "shop.example.test"


def kind(error: pytest.ExceptionInfo[Failed]) -> str:
    return error.value.trouble.kind


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Shop.Example.TEST", HOST),
        ("shop.example.test.", HOST),
        ("localhost", "localhost"),
        ("a_b.example.test", "a_b.example.test"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("[0:0:0:0:0:ffff:127.0.0.1]", "127.0.0.1"),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
    ],
)
def test_a_host_has_one_spelling(text: str, canonical: str) -> None:
    assert canonical_host(text) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "127.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0x7f.0x0.0x0.0x1",
        "1.2.3.4.5",
        "256.1.1.1",
        "shop.0x",
        "",
        ".",
        "a..b",
        "-a.example",
        "a-.example",
        "a b",
        "a\r\nb",
        "a\x00b",
        "münchen.example",
        "*.example.test",
        "fe80::1%25eth0",
        "[fe80::1%eth0]",
        "[127.0.0.1]",
        "[::1",
        "a/b",
        "a@b",
        "a:80",
        "x" * 64,
        ".".join(["x" * 60] * 5),
    ],
)
def test_what_is_no_host_name_or_another_spelling_of_an_address_is_refused(text: str) -> None:
    with pytest.raises(Failed) as refused:
        canonical_host(text)

    assert kind(refused) == "malformed"
    assert refused.value.trouble.text.isprintable()


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://Shop.Example.Test", Target("https", HOST, 443, "/")),
        ("http://shop.example.test./a?b=%20c&d#e", Target("http", HOST, 80, "/a?b=%20c&d")),
        ("https://shop.example.test:8443/%2e%2e/", Target("https", HOST, 8443, "/%2e%2e/")),
        ("http://[::1]:8080/", Target("http", "::1", 8080, "/")),
        ("HTTP://127.0.0.1", Target("http", "127.0.0.1", 80, "/")),
    ],
)
def test_a_url_comes_apart_and_together_again(url: str, parts: Target) -> None:
    assert target(url) == parts
    assert target(parts.url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "ftp://shop.example.test/",
        "file:///etc/passwd",
        "gopher://shop.example.test/",
        "javascript:alert(1)",
        "//shop.example.test",
        "https://",
        "https:///path",
        "shop.example.test",
        "https://shop.example.test:",
        "https://shop.example.test:x/",
        "https://shop.example.test:99999/",
        "https://user:pw@shop.example.test/",
        "https://shop.example.test@169.254.169.254/",
        "https://shop.example.test\\@evil.example/",
        "https://shop.example.test/a b",
        "https://shop.example.test/\r\nX: y",
        "https://shop.example.test/\tx",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://[::1/",
        "https://shop.example.test/ü",
        "https://shop.example.test/" + "x" * 5000,
        "https://127.0.0.1:80:80/",
        "https://shop.example.test%00.evil.example/",
    ],
)
def test_a_url_that_two_programs_could_read_differently_is_refused(url: str) -> None:
    with pytest.raises(Failed) as refused:
        target(url)

    assert kind(refused) == "malformed"
    assert "pw" not in refused.value.trouble.text
    assert refused.value.trouble.text.isprintable()


def test_usual_ports_are_asked_of_any_host_and_others_of_those_that_a_file_names() -> None:
    for port in (80, 443, 8080, 8443):
        check_port(HOST, port, frozenset())
    check_port(HOST, 6443, frozenset({HOST}))

    for port, hosts, why in ((0, {HOST}, "malformed"), (65536, {HOST}, "malformed"), (22, set(), "not-allowed")):
        with pytest.raises(Failed) as refused:
            check_port(HOST, port, frozenset(hosts))
        assert kind(refused) == why


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-B: b"),
        ("X-A", "a\nb"),
        ("X-A\r\nX-B", "b"),
        ("X A", "a"),
        ("", "a"),
        ("X-A", "ü"),
        ("X-A", "a\x00"),
        ("Host", "evil.example"),
        ("authorization", "x"),
        ("Cookie", "a=b"),
        ("Transfer-Encoding", "chunked"),
        ("X-A", "x" * 5000),
    ],
)
def test_headers_that_end_early_frame_a_message_or_log_in_are_refused(name: str, value: str) -> None:
    with pytest.raises(Failed) as refused:
        check_headers([(name, value)])

    assert kind(refused) == "malformed"


def test_a_credential_goes_encrypted_and_only_where_a_file_names_the_host() -> None:
    https, http = target(f"https://{HOST}/"), target(f"http://{HOST}/")
    check_secret("Authorization", https, frozenset({HOST}))
    check_secret("X-Api-Key", target("http://127.0.0.1/"), frozenset({"127.0.0.1"}))

    for name, where, hosts in (
        ("X-Api-Key", https, frozenset[str]()),
        ("X-Api-Key", http, frozenset({HOST})),
        ("Host", https, frozenset({HOST})),
        ("X-A\r\nb", https, frozenset({HOST})),
    ):
        with pytest.raises(Failed):
            check_secret(name, where, hosts)


_TEXTS = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"https?://([a-z0-9.@:\[\]%\\-]{0,30})(:[0-9]{0,6})?([/?#][ -~]{0,30})?", fullmatch=True),
)


@given(_TEXTS)
@settings(deadline=None)
def test_what_is_taken_for_a_url_means_the_same_to_the_library_that_sends_it(text: str) -> None:
    try:
        found = target(text)
    except Failed:
        return

    sent = URL(found.url, encoded=True)
    assert (sent.scheme, sent.host, sent.port, sent.raw_path_qs) == found
    assert sent.user is None
    assert canonical_host(found.host if ":" not in found.host else f"[{found.host}]") == found.host
