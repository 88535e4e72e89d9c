"""Level 4: does a page show what proves the whole way?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import Host, hosts_of
from gitops_master.facts.http_answers import told
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Get, Got
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.asking import beginning, by_hand_get, unanswered
from gitops_master.probes.registry import Seen, probe


@probe(
    "page-shows-content",
    level=4,
    order=9,
    needs="H",
    counts="pages",
    nothing="no host has a `content` among the expectations",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """a page that proves the whole way

    Reads: GET, text that must occur
    PASS: 200 and the text
    FAIL: otherwise
    UNKNOWN, SKIPPED: UNKNOWN: no connection, or the text is not in the beginning of a long page. SKIPPED: none configured
    Rights: none
    """
    for host in hosts_of(deployed).asked:
        held = host.expectation
        if not held.content:
            continue
        ask = Get(host.url(held.content_path), accept="text/html,*/*;q=0.1")
        got = deployed.replies.get(ask)
        if isinstance(got, Got):
            yield _judge(host, ask.url, got)
        else:
            yield ask


def _judge(host: Host, url: str, got: Got) -> Seen:
    content = host.expectation.content
    expected = f"200 and the text {content!r}"
    if got.trouble is not None and not got.status:
        return unanswered(host, url, expected, got.trouble)
    if got.status == 200 and content in got.text:
        return Seen(verdict=Verdict.PASS, target=url, expected=expected, observed="200 and the text")
    if got.status == 200 and got.truncated:
        observed = f"200; the text is not in the first {len(got.body) // 1024} KiB, and more was not read"
        return Seen(verdict=Verdict.UNKNOWN, target=url, expected=expected, observed=observed, good=0)
    observed = "200, without the text" if got.status == 200 else told(got, url)
    return Seen(
        verdict=Verdict.FAIL,
        target=url,
        expected=expected,
        observed=observed,
        evidence=[fact(url, "status", told(got, url)), fact(url, "body", beginning(got.text)), *host.evidence()],
        remedies=[by_hand_get(url)],
        good=0,
    )
