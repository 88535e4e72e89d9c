"""The environment as a check list on one screen: what is reached, as whom, what will work, and what to grant where it will not."""

from collections.abc import Iterator, Sequence

from gitops_master.model.environment import ContextState, EnvironmentAnswer, Lack, Reach, RightState, State, Verdict
from gitops_master.usecases.environment_report import controller_line

MOST_LACKS = 3
"""Of one tool: what rests most on comes first in the table of rights."""
_MARKS = {
    Verdict.ALLOWED: "✓ yes    ",
    Verdict.PARTLY: "✗ partly ",
    Verdict.DENIED: "✗ no     ",
    Verdict.UNKNOWN: "? unknown",
}
_REACHED = {Reach.YES: "✓ yes    ", Reach.NO: "✗ no     ", Reach.NOT_ASKED: "? not asked"}
_CONCLUSIONS = {
    State.WORKS: "Everything works.",
    State.PARTLY: "Not everything works, or is known to work: see above.",
    State.UNREACHABLE: "Nothing works: the cluster is not reached.",
    State.FORBIDDEN: "It does not work: not permitted.",
    State.UNREADABLE: "Nothing works: the configuration cannot be read.",
    State.MISTAKEN: "Nothing works: what was asked for does not exist.",
}
_ILL = "Everything is reached and permitted; what runs there is not well: see above."


def doctor_report(answer: EnvironmentAnswer) -> str:
    """DOCTOR: reachability, identity, versions, each tool with what it lacks, then the conclusion."""
    lines = ["DOCTOR", "======", *(_context(one) for one in answer.contexts[:8])]
    if answer.problem:
        lines += ["", *(f"  {line}" for line in answer.problem.splitlines())]
    lines += ["", *_facts(answer)]
    told: set[str] = set()
    for one in answer.rights:
        lines += _tool(one, told)
    if not answer.rights:
        lines.append("? unknown  rights: not asked")
    ailing = [one for one in answer.controllers if one.ready == "no" or one.note]
    lines += [f"✗ no       controller {controller_line(one)}" for one in ailing[:5]]
    unread = [one.what.rpartition("/")[2] for one in answer.not_checked]
    lines += (
        ["", f"Not read everywhere, or not in full: {', '.join(unread)} (gitops-master discover says why)"]
        if unread
        else []
    )
    lines += [f"Note: {one}" for one in answer.notes]
    is_ill = bool(ailing) and answer.state is State.WORKS
    return "\n".join([*lines, "", _ILL if is_ill else _CONCLUSIONS[answer.state]])


def _context(one: ContextState) -> str:
    version = f", Kubernetes {one.server_version}" if one.server_version else ""
    current = " (looked at)" if one.current else ""
    problem = f": {' '.join(one.problem.split())}" if one.problem and not one.current else ""
    return f"{_REACHED[one.reachable]}  reach {one.name}{current}{version}{problem}"


def _facts(answer: EnvironmentAnswer) -> Iterator[str]:
    yield f"As: {answer.identity or 'not known'}"
    if answer.versions:
        yield f"Versions: {', '.join(f'{product} {version}' for product, version in answer.versions.items())}"
    names = [one.name for one in answer.projects]
    if names:
        yield f"Projects: {', '.join(names[:8])}{f' and {len(names) - 8} more' if len(names) > 8 else ''}"
    yield f"Configuration: {answer.config_file or 'no .gitops-config.yaml here or above'}"
    yield ""


def _tool(one: RightState, told: set[str]) -> Iterator[str]:
    """What one tool lacks beside what was `told` of another one."""
    yield f"{_MARKS[one.verdict]}  {one.tool}{f' ({one.note})' if one.note else ''}"
    lacks = [_lack(places) for places in _by_what(one.lacking)]
    fresh = [line for line in lacks if line not in told]
    if len(fresh) < len(lacks):
        yield f"             the same{', and:' if fresh else ''}"
    yield from (f"             {line}" for line in fresh[:MOST_LACKS])
    if len(fresh) > MOST_LACKS:
        yield f"             and {len(fresh) - MOST_LACKS} more: gitops-master discover -o json"
    told.update(fresh)


def _by_what(lacking: Sequence[Lack]) -> list[list[Lack]]:
    """Those that say the same of several namespaces, together."""
    found: dict[object, list[Lack]] = {}
    for one in lacking:
        what = (*one.verbs, "on", *one.resources, one.is_known, one.reason, one.leaves_open, bool(one.namespace))
        found.setdefault(what, []).append(one)
    return list(found.values())


def _lack(places: list[Lack]) -> str:
    one = places[0]
    grant = one.grant
    if len(places) > 1:
        names = ", ".join(place.namespace for place in places)
        grant = f"{grant.removesuffix(f' in namespace {one.namespace}')} in namespaces {names}"
    told = f"grant {grant}" if one.is_known else f"not known: {grant}{f' ({one.reason})' if one.reason else ''}"
    return f"{told}{_open(one.leaves_open)}"


def _open(text: str) -> str:
    return f"; else unknown: {text}" if text else ""
