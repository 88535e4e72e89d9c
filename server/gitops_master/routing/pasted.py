"""What was pasted, apart from what was written: output, logs, stack traces, YAML and commands carry no wish themselves.

Linear in the length of the text: lines are judged one by one, each by its first `LINE` characters.
"""

import re

import msgspec

MOST_LINES = 4000
LINE = 400
MOST_PROSE = 6000
"""Characters of writing that are looked at: nobody words a wish at greater length; of more, beginning and end count."""

_FENCE = re.compile(r"^\s{0,8}(?:```|~~~)")
_COMMAND = re.compile(
    r"^\s{0,8}(?:[$#>%] ?|\S{1,60}[$#] )?(kubectl|kargo|argocd|helm|git|oc|k|flux|kustomize|docker) +[a-z-]{2,30}\b(?=.*(?: -|/|\s[a-z]+$|$))"
)
_LOG = re.compile(
    r"^\s{0,40}(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:|[IWEF]\d{4} \d\d:|(?:time|level|ts|msg|severity)=|\[?(?:ERROR|ERRO|FATAL|WARN(?:ING)?|INFO|DEBUG|PANIC)\]?[ :\[]"
    r"|(?:Error|error|fatal|FATA\[\d+\]|panic|exception|Exception|Message|Reason|Warning|Status|Events?|Phase|Name|Namespace)(?: [a-z]+){0,3}: ?\S"
    r"|\W{0,4}(?:alertmanager|FIRING|RESOLVED|ALERT(?:NAME)?|CRIT(?:ICAL)?|PagerDuty|Opsgenie|Prometheus|Grafana)\b[\]:]?[ :]\W{0,4}\S.*\S|[A-Z]{4,12}(?: [A-Z]{2,12})? {2,}\S"
    r"|(?:Operation (?:terminated|failed)|Sync operation|Failed|Unable|Could not|Cannot|Timed? ?out) (?:to|with|while|waiting|for|get|find|\w+ing)\b.*[:\"']"
    r"|phase: [A-Z]\w+\s*$|Traceback \(|\S{0,120}\.[0-9a-hjkmnp-tv-z]{26}\.[0-9a-f]{7}|File \"[^\"]{1,200}\", line \d|at [\w$.<>/]{3,200}\(|goroutine \d|Caused by:|\s{1,12}(?:at|in) \S{1,200}:\d|exit status \d"
    r"|Error from server|[\w.]{2,80}(?:Error|Exception)\b[:( ]|(?:Normal|Warning) +[A-Z]\w+ +\S|/[\w./-]{3,100}\.go:\d)"
)
_INSIDE = re.compile(
    r"is invalid: |Invalid value: |Required value|x509: |certificate signed by|tls: |rpc error|status code \d|error listing|no matches for kind|synchronization tasks|[nN]ot [aA]uthorized|met error threshold|code = [A-Z]\w+|desc = |exit (?:status|code) \d|: (?:dial tcp|no such host|connection refused|context deadline exceeded|permission denied)"
    r"|is forbidden: User|error (?:syncing|reconciling|running|getting|executing|updating|finding) |failed to \w+ [\w\"'/.-]+.*: |one or more objects failed"
    r"|Back-off (?:restarting|pulling)|ImagePullBackOff.*:|step \d+ .*failed|failed with .*: |manifest unknown|admission webhook|couldn't find|unable to \w+ .*: "
)
_PAIR = re.compile(r"(?<![\w/?&-])[a-z][\w.]{1,30}=[\"'\w]")
_YAML_KEY = re.compile(r"^\s{0,60}(?:- )?[A-Za-z_][\w./-]{0,80}:(?:\s|$)")
_DESCRIBED = re.compile(r"^[A-Z][A-Za-z ]{1,30}: {2,}\S")
_YAML_ITEM = re.compile(r"^\s{0,60}- \S")
_YAML_SURE = re.compile(r"^\s{0,20}(?:apiVersion|kind|metadata|spec|status):(?:\s|$)")
_HEADER = re.compile(r"^\s{0,8}[A-Z][A-Z0-9/_()-]{1,30}(?:(?: {2,}|\t+)[A-Z][A-Z0-9 /_()-]{0,30}){1,20}\s*$")
_LOOSE_HEADER = re.compile(
    r"^\s{0,8}(?:NAME|NAMESPACE|STAGE|READY|TYPE|KIND|GROUP|LAST SEEN)(?: +[A-Z][A-Z/_()-]{1,20}){1,14}\s*$"
)
_JSON = re.compile(r"^\s{0,80}(?:[{}\[\]],?\s*$|\"[^\"]{1,80}\"\s*:|\{\s*\")")
_COLUMNS = re.compile(r"\S(?: {2,}|\t+)\S")
_WRITTEN = re.compile(
    r"\b(?:please|pls|why|can you|could you|can (?:i|we)|how (?:do|can|to)|what(?:'s| is| does)|is this|warum|por qu[eé]|pourquoi|perch[eé]|help|i'm|we're|getting|i get|we get)\b",
    re.IGNORECASE,
)
_SAID = re.compile(r"(?<!\w)(?:'([^'\n]{12,400})'|\"([^\"\n]{12,400})\"|“([^”\n]{12,400})”)(?!\w)")
_INLINE = re.compile(r"`([^`\n]{8,400})`|\"([^\"\n]{20,400})\"")


class Pasted(msgspec.Struct, frozen=True):
    """A text taken apart. `lines` without fences; `commands` are those of the lines that were typed into a shell."""

    prose: str
    lines: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    is_yaml: bool = False


def take_apart(text: str) -> Pasted:
    """Prose and pasted lines of a text of any length and content."""
    lines = [line[:LINE] if _looks_pasted(line[:LINE]) else line[:MOST_PROSE] for line in text.splitlines()]
    lines = lines if len(lines) <= MOST_LINES else lines[: MOST_LINES // 2] + lines[-MOST_LINES // 2 :]
    prose: list[str] = []
    pasted: list[str] = []
    commands: list[str] = []
    yaml = _yaml_lines(lines)
    fenced = in_table = False
    described = sum(bool(_DESCRIBED.match(line)) for line in lines) > 1
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        command = _COMMAND.match(line)
        in_table = _is_header(line) or (in_table and bool(_COLUMNS.search(line.strip()[:LINE])))
        continued = bool(pasted) and bool(prose) is False and line[:2] == "  " and bool(line.strip())
        if (
            fenced
            or (described and _DESCRIBED.match(line))
            or continued
            or len(_COLUMNS.findall(line[:LINE])) >= 3
            or in_table
            or number in yaml
            or command
            or _looks_pasted(line)
        ):
            pasted.append(line[:LINE])
            if command:
                commands.append(line[:LINE].strip())
        else:
            pasted += [
                one for pair in _INLINE.findall(line[:MOST_PROSE]) for one in pair if one and _INSIDE.search(one)
            ]
            prose.append(_SAID.sub(_unsaid, _INLINE.sub(_kept, line[:MOST_PROSE])))
    is_yaml = (len(yaml) > 1 and any(lines[one].lstrip(" -")[:1].islower() for one in yaml)) or (
        len(pasted) > 1 and any(_YAML_SURE.match(line) for line in pasted)
    )
    return Pasted(_bounded("\n".join(prose)), tuple(pasted), tuple(commands), is_yaml)


def _kept(quoted: re.Match[str]) -> str:
    """What is quoted inside a sentence stays in it, unless it is what a program printed."""
    inside = quoted[1] or quoted[2]
    return " " if _INSIDE.search(inside) else quoted[0]


def _unsaid(quoted: re.Match[str]) -> str:
    """What somebody else said or what is written elsewhere is no wish; a name in quotes is."""
    inside = next(one for one in quoted.groups() if one)
    if len(quoted.string.strip()) - len(inside) < 4 or len(inside.split()) < 3:
        return quoted[0]
    return (
        " error "
        if re.search(
            r"error|fail|not |^no |missing|not? \w+ found|invalid|denied|unable|refused", inside, re.IGNORECASE
        )
        else " "
    )


def _bounded(text: str) -> str:
    return text if len(text) <= MOST_PROSE else f"{text[: MOST_PROSE // 2]}\n{text[-MOST_PROSE // 2 :]}"


def _is_header(line: str) -> bool:
    return bool(_HEADER.match(line[:LINE]) or _LOOSE_HEADER.match(line[:LINE]))


def _looks_pasted(line: str) -> bool:
    start = line[:LINE]
    if _LOG.match(start) or _JSON.match(start):
        return True
    inside = bool(_INSIDE.search(start)) or len(_PAIR.findall(start)) > 1
    return inside and not _WRITTEN.search(start) and not start.rstrip().endswith("?")


def _yaml_lines(lines: list[str]) -> frozenset[int]:
    """Runs of at least three lines that are keys or items, or two of which one is a sure sign."""
    found: set[int] = set()
    run: list[int] = []
    for number, line in enumerate([*lines, "."]):
        is_part = bool(
            _YAML_KEY.match(line[:LINE])
            or (run and _YAML_ITEM.match(line[:LINE]))
            or (run and line.strip() in {"---", "..."})
        )
        if is_part or (run and line[:1] == " " and line.strip()):
            run.append(number)
            continue
        is_sure = any(_YAML_SURE.match(lines[one][:LINE]) for one in run)
        if len(run) >= 3 or (len(run) == 2 and (is_sure or lines[run[1]].startswith((" ", "-")))):
            found.update(run)
        run = []
    return frozenset(found)
