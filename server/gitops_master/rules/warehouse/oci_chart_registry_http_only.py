from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import search
from gitops_master.facts.subscriptions import host_of, named_in
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import WarehouseView
from gitops_master.model.finding import Confidence, Risk
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness
from gitops_master.rules.warehouse.patterns import HTTPS_ONLY, PLAIN_HTTP


@rule(
    "oci-chart-registry-http-only",
    area="warehouse",
    title="The chart client insists on HTTPS, and the registry speaks plain HTTP",
    on=WarehouseView,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT | {"subscription-repository-unreachable"},
    versions=("kargo < 1.7.3",),
    sources=(
        "akuity/kargo#4783",
        "akuity/kargo#4832",
        "akuity/kargo v1.7.2 and v1.7.3 internal/helm/chart/oci_selector.go",
    ),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Images of an OCI registry are discovered, charts of the same registry time out or are refused on port 443.

    Why: the image client falls back to plain HTTP; the chart client of these releases does not.

    How to tell: a chart subscription with oci://, its error speaks of https:// and port 443 (or of an HTTP response to an
    HTTPS client), and an image subscription of the same host works.

    What to do: upgrade, or serve the registry over TLS.

    Not this when: images of that host fail as well: then the registry is down.
    """
    failure = warehouse.failure
    if failure is None or search(HTTPS_ONLY, failure) is None:
        return
    charts = [one for one in named_in(warehouse, failure) if one.kind == "chart" and one.repo_url.startswith("oci://")]
    if not charts:
        return
    host = host_of(charts[0].repo_url)
    images = [
        (other, sub)
        for other in warehouse.snapshot.all(Warehouse)
        for sub in WarehouseView(other, warehouse.snapshot).subscriptions
        if sub.kind == "image" and host_of(sub.repo_url) == host
    ]
    failing = [
        other
        for other, sub in images
        if (text := WarehouseView(other, warehouse.snapshot).failure) is not None
        and f'images "{sub.repo_url}"' in text.value
    ]
    plain = search(PLAIN_HTTP, failure) is not None
    if failing or not (images or plain):
        return
    yield Hit(
        summary=f"Registry {host} serves plain HTTP only; Kargo's chart client of this release insists on HTTPS, so "
        f"{charts[0].repo_url} cannot be read although its images can.",
        evidence=[
            failure.as_evidence(),
            fact(warehouse.warehouse, f"{charts[0].path}.repoURL", charts[0].repo_url),
            *(
                fact(other, f"{sub.path}.repoURL", f"{sub.repo_url} (image of the same host)")
                for other, sub in images[:1]
            ),
        ],
        remedies=[
            advise(f"Serve {host} over TLS", confirm_with=readiness(warehouse)),
            advise(
                "Or upgrade Kargo to v1.7.3 or later: the chart client falls back to HTTP then",
                risk=Risk.MEDIUM,
                confirm_with=readiness(warehouse),
            ),
        ],
        confidence=Confidence.HIGH if plain else Confidence.MEDIUM,
    )
