"""What runs on the far side: one script for many calls, whose answers come back in frames (`frames.py`).

It is one line of POSIX sh, handed over as `sh -c <quoted>`, since the login shell there may be any.
"""

from collections.abc import Sequence

from gitops_master.adapters.kubectl_command.calls import Call
from gitops_master.adapters.kubectl_command.quoting import shell_quoted

MOST_CALLS = 60
MOST_BYTES = 100_000
"""Linux takes 128 KiB as one argument (MAX_ARG_STRLEN)."""

LANES = 6
"""kubectls at a time: about what a browser opens to one host, and little beside what an API server bears."""

MOST_SAID = 8_000
"""Bytes of a call's stderr that come back: its end."""

SERVER = "jsonpath={.clusters[0].cluster.server}"
"""Asked of `kubectl config view`, for the path below which the server answers: `get --raw` leaves that out (see `api.py`)."""

# umask: the answers lie in files until they are sent. A lane that has finished a call tells the loop behind the pipe, which alone
# writes to the outside. --foreground keeps kubectl in the process group that is ended at the deadline.
_START = """\
n={nonce}; LC_ALL=C; export LC_ALL; umask 077; d=$(mktemp -d) || exit 73; trap 'rm -rf "$d"' EXIT; \
trap 'exit 75' HUP INT TERM PIPE; \
t="timeout --foreground {seconds}"; $t true 2>/dev/null || t=; \
k() {{ $t kubectl {flags} "$@"; }}; \
g() {{ i=$1; shift; k "$@" >"$d/$i.o" 2>"$d/$i.e"; echo "$i $?"; }}; \
r() {{ g "$1" get --raw="$b$2"; }}; \
w() {{ i=$1; o=$2; shift 2; printf %s "$o" | k "$@" >"$d/$i.o" 2>"$d/$i.e"; echo "$i $?"; }}; \
p() {{ w "$1" "$3" create --raw="$b$2" -f -; }}; """

_FIND_BASE = """\
b=$(k config view --minify -o '{server}' 2>/dev/null); \
case $b in *://*/*) b=/${{b#*://*/}}; b=${{b%/}};; *) b=;; esac; \
echo "$n {index} 0 ${{#b}} 0"; printf %s "$b"; """

_SEND = """\
 | while read -r i c; do \
o=$(( $(wc -c <"$d/$i.o") )); e=$(( $(wc -c <"$d/$i.e") )); \
[ "$o" -gt {most} ] && {{ c=over; o=0; }}; [ "$e" -gt {said} ] && e={said}; \
echo "$n $i $c $o $e"; [ "$o" -gt 0 ] && cat "$d/$i.o"; [ "$e" -gt 0 ] && tail -c "$e" "$d/$i.e"; \
rm -f "$d/$i.o" "$d/$i.e"; done"""


def piece(index: int, call: Call) -> str:
    """The command for one call, by the script's functions."""
    if call.raw:
        words: tuple[str, ...] = ("p", str(index), call.raw, call.body) if call.body else ("r", str(index), call.raw)
    elif call.body:
        words = ("w", str(index), call.body, *call.words)
    else:
        words = ("g", str(index), *call.words)
    return " ".join(map(shell_quoted, words))


def script(
    calls: Sequence[Call], *, nonce: str, flags: Sequence[str], base: str | None, seconds: int, most_body: int
) -> str:
    """The argument for the far shell. `base` None: found out there, and sent as the frame after the last call's."""
    pieces = [piece(index, call) for index, call in enumerate(calls)]
    lanes = [f"{{ {'; '.join(pieces[lane::LANES])}; }} &" for lane in range(min(LANES, len(pieces)))]
    start = _START.format(nonce=nonce, seconds=seconds, flags=" ".join(map(shell_quoted, flags)))
    found = f"b={shell_quoted(base)}; " if base is not None else _FIND_BASE.format(server=SERVER, index=len(calls))
    send = _SEND.format(most=most_body, said=MOST_SAID)
    asked = " ".join([*lanes, "wait;"])
    return f"sh -c {shell_quoted(f'{start}{found}{{ {asked} }}{send}')}"


def chunks(calls: Sequence[Call]) -> list[list[int]]:
    """Positions of the calls, as many together as fit into one script."""
    found: list[list[int]] = []
    room = 0
    for index, call in enumerate(calls):
        size = size_of(call)
        if not found or len(found[-1]) == MOST_CALLS or size > room:
            found.append([])
            room = MOST_BYTES
        found[-1].append(index)
        room -= size
    return found


def size_of(call: Call) -> int:
    """Bytes that the call takes at most in the finished argument, which is quoted twice."""
    return len(shell_quoted(piece(MOST_CALLS, call)).encode()) + 2
