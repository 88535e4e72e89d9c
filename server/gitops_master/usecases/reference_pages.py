"""The pages that there are to read: four references, one page a rule, lists of the rules. Read when asked for, never before."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

import msgspec

from gitops_master.content import folder
from gitops_master.model.errors import UsageError
from gitops_master.model.finding import quoted
from gitops_master.usecases.markdown import sections

INDEX = "gitops://references"
RULE = "gitops://rules/"
_REFERENCE = f"{INDEX}/"
_GENERATED = re.compile(r"\A<!--.*?-->\s*", re.DOTALL)
_LINK = re.compile(r"(\]\()([\w-]+)\.md((?:#[\w-]+)?\))")
_NEAR = 0.55
"""Likeness from which a name is suggested: a word of a long id left out still finds it."""


class Listed(msgspec.Struct, frozen=True):
    """A page that is listed by name. `about`: what it answers, for whoever chooses among them."""

    uri: str
    title: str
    about: str

    @property
    def name(self) -> str:
        return self.uri.rpartition("/")[2]


REFERENCES = (
    Listed(
        f"{_REFERENCE}kargo-state-machine",
        "Kargo's state machine",
        "What Stage, Freight, Promotion and Warehouse go through, which field and condition says so, who moves next, and what "
        "is waiting by design.",
    ),
    Listed(
        f"{_REFERENCE}argocd-troubleshooting",
        "Troubleshooting Argo CD",
        "What an Application's sync, health, operation and conditions say, the errors behind them, how Kargo's argocd-update "
        "depends on them, and what to do.",
    ),
    Listed(
        f"{_REFERENCE}verification-taxonomy",
        "Kinds of verification",
        "What to verify at which level (infrastructure, service, ingress, function), AnalysisTemplates and AnalysisRuns, how a "
        "verification fails, and how to ask for it again.",
    ),
    Listed(
        f"{_REFERENCE}kargo-setup",
        "Setting up a Stage",
        "What a Stage needs to work the first time: sources, steps in their order, retry, policies, authorisation and "
        "verification.",
    ),
)
RULE_LISTS = (
    Listed(f"{RULE}index", "All rules by area", "Every known cause, symptom and wait, with its class and versions."),
    Listed(
        f"{RULE}messages", "Messages of the products", "Every text that is recognised, and the rules it may point to."
    ),
)
_ALIASES = {
    "": INDEX,
    "index": INDEX,
    "references": INDEX,
    "rules": RULE_LISTS[0].uri,
    "rules/index": RULE_LISTS[0].uri,
}


@cache
def rule_ids() -> tuple[str, ...]:
    """Ids of the rules that have a page, sorted."""
    listed = {one.name for one in RULE_LISTS}
    pages = (one.name for one in (folder("references") / "rules").iterdir())
    return tuple(sorted(name[:-3] for name in pages if name.endswith(".md") and name[:-3] not in listed))


def resolve(given: str) -> str:
    """The URI that a name, rule id, URI or file name stands for. Raises UsageError with near misses for anything else."""
    name = given.strip().removeprefix("gitops://").removesuffix(".md").strip("/").casefold()
    if name in _ALIASES:
        return _ALIASES[name]
    is_rule = name.startswith(("rules/", "references/rules/"))
    name = name.removeprefix("references/").removeprefix("rules/").replace("_", "-").replace(" ", "-")
    listed = {one.name: one.uri for one in (*RULE_LISTS, *REFERENCES) if not is_rule or one.uri.startswith(RULE)}
    if name in listed:
        return listed[name]
    rules = rule_ids()
    if name in rules:
        return RULE + name
    raise _unknown(given, name, [*listed, *rules])


def _unknown(given: str, name: str, names: list[str]) -> UsageError:
    near = get_close_matches(name, names, n=3, cutoff=_NEAR)
    near += [one for one in names if name and name in one and one not in near]
    meant = f"; did you mean {', '.join(repr(one) for one in near[:5])}?" if near else ""
    return UsageError(
        f"no reference or rule {quoted(given, 100)!r}{meant}",
        f"References: {', '.join(one.name for one in REFERENCES)}; rules by area: rules, by what products print: messages",
    )


def page(uri: str) -> str:
    """The text of a page, by an URI as `resolve` gives it. Links to other pages are URIs, too.

    Raises UsageError where there is no such page, or where the installation lacks it.
    """
    if uri == INDEX:
        return _index()
    is_rule = uri.startswith(RULE)
    name = uri.removeprefix(RULE).removeprefix(_REFERENCE)
    known = rule_ids() if is_rule else ()
    if name not in known and uri not in (one.uri for one in (*RULE_LISTS, *REFERENCES)):
        raise _unknown(uri, name, [*known, *(one.name for one in (*RULE_LISTS, *REFERENCES))])
    place = folder("references") / "rules" if is_rule else folder("references")
    try:
        text = (place / f"{name}.md").read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"this installation has no page {uri}", "install the wheel again") from error
    base = RULE if is_rule else _REFERENCE
    return _LINK.sub(rf"\g<1>{base}\g<2>\g<3>", _GENERATED.sub("", text))


def title(uri: str) -> str:
    """What a list calls the page; a rule's page is called by its id."""
    known = {one.uri: one.title for one in (*RULE_LISTS, *REFERENCES)}
    return "References" if uri == INDEX else known.get(uri, uri.removeprefix(RULE))


def _index() -> str:
    count = len(rule_ids())
    lines = [
        "# References",
        "",
        "To read one: its URI as a resource; its name with the tool read_reference or `gitops-master reference`.",
        "",
        "## Documents",
        "",
        *(f"- [{one.name}]({one.uri}): {one.about} Sections: {_headings(one.uri)}." for one in REFERENCES),
        "",
        "## Rules",
        "",
        f"{count} pages, one a rule: `{RULE}<id>`. A finding names the page of its rule under `reference`.",
        "",
        *(f"- [{one.name}]({one.uri}): {one.about}" for one in RULE_LISTS),
    ]
    return "\n".join(lines) + "\n"


def _headings(uri: str) -> str:
    return "; ".join(top_headings(page(uri))) or "none"


def top_headings(text: str) -> Iterable[str]:
    """Headings of the second level: what a page is made of."""
    return [one.heading for one in sections(text) if one.level == 2]
