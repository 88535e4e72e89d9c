"""Which Host and Origin are let in, by where the server listens and where the connection came to."""

from typing import Any

import pytest

from gitops_master.serving.hosts import Doors
from gitops_master.serving.http_settings import HttpSettings

LOCAL = HttpSettings()
PUBLIC = HttpSettings(host="0.0.0.0", allowed_hosts=("gitops.example.com", "other.example.com:8443"))
NAMED = HttpSettings(host="gitops.example.com", allowed_origins=("https://app.example.com", "vscode-webview://abc"))


def _reason(settings: HttpSettings, host: str | None, origin: str | None = None, came_to: str = "127.0.0.1") -> str:
    headers = [(name, value.encode()) for name, value in ((b"host", host), (b"origin", origin)) if value is not None]
    scope: dict[str, Any] = {"headers": headers, "server": (came_to, 8808)}
    refusal = Doors(settings).refusal(scope)
    return refusal.reason if refusal is not None else ""


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8808", "127.0.0.1", "localhost:9000", "LOCALHOST", "[::1]:8808", "localhost."]
)
def test_on_loopback_its_names_are_right(host: str) -> None:
    assert _reason(LOCAL, host) == ""


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example.com",
        "evil.example.com:8808",
        "127.0.0.1.evil.example.com",
        "localhost.evil.example.com",
        "localhost:8808@evil.example.com",
        "evil.example.com#localhost",
        "127.0.0.1:x",
        "10.0.0.7:8808",
        "[::1",
        "0.0.0.0:8808",
        "localhost, evil.example.com",
    ],
)
def test_on_loopback_any_other_is_refused(host: str | None) -> None:
    assert _reason(LOCAL, host) == "host"


@pytest.mark.parametrize(
    ("host", "came_to", "reason"),
    [
        ("gitops.example.com", "10.0.0.7", ""),
        ("GitOps.Example.com:443", "10.0.0.7", ""),
        ("gitops.example.com.", "10.0.0.7", ""),
        ("other.example.com:8443", "10.0.0.7", ""),
        ("other.example.com", "10.0.0.7", "host"),
        ("evil.example.com", "10.0.0.7", "host"),
        ("10.0.0.7:8808", "10.0.0.7", ""),  # a kubelet's probe goes to the address
        ("10.0.0.7:8808", "::ffff:10.0.0.7", ""),
        ("[fd00::7]:8808", "fd00::7", ""),
        ("10.0.0.8:8808", "10.0.0.7", "host"),
        ("localhost:8808", "10.0.0.7", "host"),
        ("localhost:8808", "127.0.0.1", ""),  # through kubectl port-forward
        ("127.0.0.1:8808", "10.0.0.7", "host"),
    ],
)
def test_elsewhere_what_was_named_and_the_address_itself_are_right(host: str, came_to: str, reason: str) -> None:
    assert _reason(PUBLIC, host, came_to=came_to) == reason


def test_the_name_it_was_told_to_listen_on_is_its_own() -> None:
    assert _reason(NAMED, "gitops.example.com:8808", came_to="10.0.0.7") == ""


@pytest.mark.parametrize("origin", ["http://localhost:6274", "http://127.0.0.1:8808", "http://[::1]:1"])
def test_on_loopback_pages_of_this_machine_may_call(origin: str) -> None:
    assert _reason(LOCAL, "localhost:8808", origin) == ""


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example.com",
        "http://localhost.evil.example.com",
        "https://localhost@evil.com",
        "file://",
    ],
)
def test_on_loopback_no_other_page_may(origin: str) -> None:
    assert _reason(LOCAL, "localhost:8808", origin) == "origin"


@pytest.mark.parametrize(
    ("settings", "origin", "reason"),
    [
        (PUBLIC, "https://gitops.example.com", ""),
        (PUBLIC, "https://app.example.com", "origin"),
        (PUBLIC, "http://localhost:6274", "origin"),
        (NAMED, "https://app.example.com", ""),
        (NAMED, "https://app.example.com:444", "origin"),
        (NAMED, "http://app.example.com", "origin"),
        (NAMED, "vscode-webview://abc", ""),
    ],
)
def test_elsewhere_its_own_pages_and_those_that_were_named_may(
    settings: HttpSettings, origin: str, reason: str
) -> None:
    assert _reason(settings, "gitops.example.com", origin, came_to="10.0.0.7") == reason


def test_two_of_either_header_are_none() -> None:
    twice = [(b"host", b"localhost"), (b"host", b"localhost")]
    scope: dict[str, Any] = {"headers": twice, "server": ("127.0.0.1", 8808)}

    assert Doors(LOCAL).refusal(scope) is not None
