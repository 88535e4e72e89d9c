"""Hostile values as JSON text: so they can say what no value of Python's json can (lone surrogates, deep nesting, NaN)."""

import json
from collections.abc import Callable
from random import Random

CANARY = "canary-that-no-answer-may-hold"
"""Stands in a file beside the folder that servers are started in."""
CANARY_FILE = "canary.txt"

_CONTROLS = (
    "\x00",
    "\x1b[2J\x1b]0;x\x07",
    "\r\n\r\n",
    "\x7f\x80\x9b",
    "\u2028\u2029",
    "\u202e\u2066",
    "\ufeff",
    "\x08" * 9,
)
_FORMATS = (
    "%s%n%x%100000d",
    "{0.__class__.__mro__}",
    "{arguments!r:>99999}",
    "{{7*7}}${7*7}",
    "${jndi:ldap://127.0.0.1/a}",
    "$(touch owned)`touch owned`",
    "'; DROP TABLE stages; --",
    "<script>alert(1)</script>",
    "\\u0000\\x00\\N{DIGIT ONE}",
    "--help",
    "-A",
    "-o=jsonpath={.data}",
    "a=b,c!=d",
    "*",
)
_PATHS = (
    f"../{CANARY_FILE}",
    f"../../../../../../../../tmp/../{CANARY_FILE}",
    f"..%2f..%2f{CANARY_FILE}",
    f"..\\{CANARY_FILE}",
    f"file://../{CANARY_FILE}",
    "/proc/self/environ",
    "/etc/passwd\x00.yaml",
    f"gitops://references/../../{CANARY_FILE}",
    "gitops://rules/%2e%2e/%2e%2e/pyproject",
    "gitops://rules/" + "../" * 300,
    "http://169.254.169.254/latest/meta-data",
    "http://user:secret@127.0.0.1:1/#@example.com",
    "//[::1",
    "https://[fe80::1%25eth0]:99999/",
)
_UNICODE = (
    "\u0455tage",  # Cyrillic
    "\uff44\uff45\uff56",  # full width
    "de\u200bv\u00ad",
    "e" + "\u0301" * 500,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 50,
    "\u0130\u0131\u1e9e\ufb03",  # lower case and upper case differ in length
    "\u0661\u0662\u0663",  # digits that int() reads
    "\U0010ffff\ufffe\uffff",
    "\u0e33" * 300,
)
_SURROGATES = ("\ud800", "a\udfffb", "\udc80\udc80", "\ud83d", "\ude00\ud83d")
_REPEATED = (
    "a",
    "-",
    ".",
    "/",
    "a/",
    "1.",
    " ",
    "\n",
    "\t\n",
    "(",
    "[",
    "{",
    "a:",
    "://",
    "'\"",
    "`",
    "\\",
    "0",
    "aA1 ",
    "x=",
    "@",
    "#",
    "failed ",
)
_NAMES = (
    "demo",
    "dev",
    "s-argo",
    "main",
    "ok-app",
    "candidate",
    "a" * 63,
    "a" * 253,
    "a.b-c",
    "x" * 64,
    "0",
    "kube-system",
)
_NUMBERS = (
    "-1", "0", "-0", "1001", "601", "2147483648", "9223372036854775808", "18446744073709551616", "-9223372036854775809", "1e400",
    "-1e400", "1e-400", "0.1", "1.0", "NaN", "Infinity", "-Infinity", "1" * 400, "9" * 5000, "1" + "0" * 100_000,
)  # fmt: skip
_CONSTANTS = ("null", "true", "false", "{}", "[]", '""', "[null]", "[[]]", '{"":""}', '[""]')


def _huge(rng: Random) -> str:
    size = rng.choice((100, 301, 1001, 2000, 2001, 5000, 5000, 20_000, 100_000))
    unit = rng.choice(_REPEATED)
    return (unit * (size // len(unit) + 1))[:size] + rng.choice(("", "!", "\x00", "b"))


def _mixed(rng: Random) -> str:
    return "".join(rng.choice(rng.choice(_ALL)) for _ in range(rng.randint(2, 8)))


def _noise(rng: Random) -> str:
    return "".join(
        chr(rng.choice((rng.randrange(32), rng.randrange(256), rng.randrange(0x11_0000))))
        for _ in range(rng.randint(1, 60))
    )


_ALL = (_CONTROLS, _FORMATS, _PATHS, _UNICODE, _SURROGATES, _NAMES)
_WAYS: tuple[Callable[[Random], str], ...] = (
    lambda rng: rng.choice(_CONTROLS),
    lambda rng: rng.choice(_FORMATS),
    lambda rng: rng.choice(_PATHS),
    lambda rng: rng.choice(_UNICODE),
    lambda rng: rng.choice(_SURROGATES),
    lambda rng: rng.choice(_NAMES),
    lambda rng: rng.choice(_NAMES) + rng.choice(_CONTROLS),
    _huge,
    _mixed,
    _noise,
)


def text(rng: Random) -> str:
    """One that nobody types."""
    return rng.choice(_WAYS)(rng)


def quoted(words: str) -> str:
    """As JSON, in ASCII: a lone surrogate as the escape that it is."""
    return json.dumps(words)


def deep(rng: Random) -> str:
    """Nested further than parsers like; now and then not closed."""
    levels = rng.choice((50, 200, 900, 1100, 5000, 40_000))
    opened, closed = rng.choice((("[", "]"), ('{"a":', "}"), ('[{"":', "}]")))
    return opened * levels + "1" + closed * levels


def wide(rng: Random) -> str:
    """Many members."""
    number = rng.choice((20, 300, 3000))
    if rng.random() < 0.5:
        return f"[{','.join(['0'] * number)}]"
    return "{" + ",".join(f'"{rng.choice(_NAMES)}{at}":{at}' for at in range(number)) + "}"


def value(rng: Random) -> str:
    """Of any type, most of them strings; as JSON text (of which not every parser takes all)."""
    way = rng.random()
    if way < 0.6:
        return quoted(text(rng))
    if way < 0.75:
        return rng.choice(_NUMBERS)
    if way < 0.87:
        return rng.choice(_CONSTANTS)
    if way < 0.93:
        return wide(rng)
    if way < 0.95:
        return deep(rng)
    return f"{{{quoted(text(rng))}:[{value(rng)},{value(rng)}]}}"
