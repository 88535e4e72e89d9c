"""A verification as JUnit XML, for pipelines: a suite a level, a test case a probe."""

import re
from itertools import groupby
from xml.etree import ElementTree

from gitops_master.model.verification import Check, Level, Verdict, Verification

_TAGS = {Verdict.FAIL: "failure", Verdict.UNKNOWN: "error", Verdict.SKIPPED: "skipped", Verdict.WARN: "system-out"}
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, however they are written."""


def junit(answer: Verification) -> str:
    """What failed is a failure, what is unknown an error, what warns passes and says so."""
    where = ".".join(part for part in (answer.project, answer.target.name) if part)
    root = ElementTree.Element("testsuites", name="gitops-master verify")
    for level in answer.levels:
        root.append(_suite(level, where, answer.observed_at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(level: Level, where: str, timestamp: str) -> ElementTree.Element:
    name = f"Level {level.number}: {level.title}"
    cases = [_case(probe, list(checks), where) for probe, checks in groupby(_by_probe(level), lambda one: one.probe)]
    if not cases or (level.reason and level.verdict is Verdict.UNKNOWN):
        whole = ElementTree.Element("testcase", classname=_xml(where), name=name)
        ElementTree.SubElement(whole, _TAGS.get(level.verdict, "skipped"), message=_xml(level.reason))
        cases.append(whole)
    counts = {
        attribute: str(sum(1 for case in cases if case.find(tag) is not None))
        for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    told = {"name": name, "timestamp": timestamp, "tests": str(len(cases)), **counts}
    suite = ElementTree.Element("testsuite", told)
    suite.extend(cases)
    return suite


def _by_probe(level: Level) -> list[Check]:
    """A probe may have failed on one object and be unknown on another: its checks together, the worst first."""
    first = list(dict.fromkeys(one.probe for one in level.checks))
    return sorted(level.checks, key=lambda one: first.index(one.probe))


def _case(probe: str, checks: list[Check], where: str) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=_xml(where), name=probe)
    worst = checks[0]
    tag = _TAGS.get(worst.verdict)
    if tag is None:
        return case
    told = ElementTree.SubElement(case, tag)
    if tag != "system-out":
        told.set("message", _xml(_line(worst)))
    if tag != "skipped":
        told.text = _xml("\n".join(line for one in checks if one.verdict is not Verdict.PASS for line in _lines(one)))
    return case


def _line(one: Check) -> str:
    return f"{one.target}: {one.observed}" if one.target else one.observed


def _lines(one: Check) -> list[str]:
    lines = [f"{one.verdict.value} {_line(one)}"]
    if one.expected:
        lines.append(f"  expected: {one.expected}")
    lines += [f"  {each.object} {each.path} = {each.value}" for each in one.evidence]
    lines += [f"  next: {each.title}" for each in one.remedies]
    return [*lines, *([f"  and {one.more} more"] if one.more else [])]


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
