"""Level 3: is somebody let in who may be?"""

from collections.abc import Iterator

from gitops_master.facts.deployed import Deployed
from gitops_master.facts.hosts import hosts_of
from gitops_master.facts.http_answers import told
from gitops_master.facts.texts import fact
from gitops_master.model.asking import Ask, Get, Got
from gitops_master.model.expectations import secret_variable
from gitops_master.model.finding import Remedy, Risk
from gitops_master.model.snapshot import Wanted
from gitops_master.model.verification import Verdict
from gitops_master.probes.asking import unanswered
from gitops_master.probes.registry import Seen, probe


@probe(
    "credentials-accepted",
    level=3,
    order=9,
    needs="H",
    counts="hosts",
    nothing="no host has a `header` with a credential among the expectations",
)
def check(deployed: Deployed) -> Iterator[Seen | Ask | Wanted]:
    """access with an API key or test token

    Reads: GET with the header that the expectations name, its value from the environment, over TLS only, redirects not followed
    PASS: 2xx
    FAIL: anything else: 401, 403, a redirect to the login
    UNKNOWN, SKIPPED: UNKNOWN: no connection, or the value is not in the environment. SKIPPED unless a header is named; the secret is never shown
    Rights: none in Kubernetes; the secret
    """
    for host in hosts_of(deployed).asked:
        header = host.expectation.header
        if not header:
            continue
        ask = Get(host.url(host.expectation.header_path), accept="application/json, */*;q=0.1", secret_header=header)
        got = deployed.replies.get(ask)
        expected = f"2xx with the header {header}"
        if not isinstance(got, Got):
            yield ask
        elif got.trouble is not None and not got.status:
            yield unanswered(host, ask.url, expected, got.trouble)
        elif 200 <= got.status < 300:
            yield Seen(verdict=Verdict.PASS, target=ask.url, expected=expected, observed=told(got, ask.url))
        else:
            refused = got.status in {401, 403}
            why = "the credential is not accepted" if refused else "no answer of the application to one who may see it"
            yield Seen(
                verdict=Verdict.FAIL,
                target=ask.url,
                expected=expected,
                observed=f"{told(got, ask.url)}: {why}",
                evidence=[fact(ask.url, "status", told(got, ask.url)), *host.evidence()],
                remedies=[_look(header)],
                good=0,
            )


def _look(header: str) -> Remedy:
    return Remedy(
        title=f"Compare the value of {secret_variable(header)} with what the application or its login proxy knows",
        risk=Risk.NONE,
    )
