"""The references are true: what they name exists. And the check that says so notices what is false."""

from collections.abc import Iterator

import msgspec
import pytest

from gitops_master.usecases.reference_pages import REFERENCES
from tools.references.__main__ import UPSTREAM, documents
from tools.references.check import faults
from tools.references.documents import taken_apart
from tools.references.knowledge import Knowledge, Source, default_knowledge, sources
from tools.references.sources import missing

TRUE = """\
# A document

## One section

`Stage.status.lastPromotion.name`, `Stage.status.freightHistory[].items.<key>.name`, `Pod.status.containerStatuses[].restartCount`,
`Application.status.sync.status=OutOfSync`, `Stage Ready=False/NoFreight`, `Stage Healthy=Unknown/LastPromotion…`,
`Stage Promoting=True`, `ReconcileError`, `Warehouse`, `kargo.akuity.io/authorized-stage`, `argocd.argoproj.io/refresh: hard`,
`argocd-update`, `${{ ctx.stage }}`, `values.yaml`, `true`, `5m`, `Never`, `gitops-master analyze STAGE --snapshot PATH`,
`kubectl get stages.kargo.akuity.io STAGE -n PROJECT -o jsonpath='{.status.conditions[?(@.type=="Ready")].reason}'`,
`"Make sure the "…" CRD is installed on the destination cluster"`, [crd-not-installed](gitops://rules/crd-not-installed),
[above](#one-section), [rules](gitops://rules/index).

```mermaid
stateDiagram-v2
  [*] --> Pending
```

```sh
$ kubectl -n "$NS" annotate stages.kargo.akuity.io dev \\
    kargo.akuity.io/refresh="$(date +%s)" --overwrite
gitops-master state -p demo -o json | jq .stages
```

```yaml
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {name: dev}
spec:
  requestedFreight:
    - origin: {kind: Warehouse, name: main}
      sources: {direct: true}
```
"""
FALSE = {
    "dead path": ("`Stage.status.phase`", "no field 'phase'"),
    "dead path in a list": ("`Stage.status.conditions.reason`", "it is a list"),
    "dead path of a built-in kind": ("`Pod.status.containerStatuses[].restarts`", "no field 'restarts'"),
    "path that goes on below a text": ("`Stage.status.lastPromotion.name.first`", "no field 'first'"),
    "value that a field never has": ("`Application.status.sync.status=Drifted`", "no value 'Drifted'"),
    "condition of another kind": ("`Warehouse Promoting=True`", "has no condition 'Promoting'"),
    "condition that there is not": ("`Stage Deployed=True`", "has no condition 'Deployed'"),
    "status that a condition never has": ("`Stage Reconciling=False`", "is never False"),
    "wrong reason": ("`Stage Ready=False/NoFrieght`", "has no reason 'NoFrieght'"),
    "reason of another condition": ("`Stage Ready=False/ScheduledDiscovery`", "has no reason"),
    "reason alone": ("`ReconcileFailure`", "no kind, reason or value"),
    "wrong annotation": ("`kargo.akuity.io/authorised-stage`", "did you mean 'kargo.akuity.io/authorized-stage'"),
    "wrong message": ('`"Stage … has no idea where Freight … went"`', "no pattern knows"),
    "message of wildcards": ('`"… of …"`', "says too little"),
    "dead rule link": ("[crd-not-there](gitops://rules/crd-not-there)", "no rule 'crd-not-there'"),
    "link to another rule than it says": ("[crd-not-installed](gitops://rules/promotion-failed)", "another rule"),
    "rule that is no link": ("`crd-not-installed`", "write [crd-not-installed](gitops://rules/crd-not-installed)"),
    "link to no document": ("[there](gitops://references/kargo-machine)", "no document 'kargo-machine'"),
    "link to no section": ("[there](#two-sections)", "no section 'two-sections'"),
    "link elsewhere": ("[there](https://example.net)", "neither a rule nor a reference"),
    "dead command": ("`gitops-master diagnose STAGE`", "has no sub-command 'diagnose'"),
    "dead option": ("`gitops-master analyze STAGE --fix`", "has no option --fix"),
    "dead option of serve": ("`gitops-master serve --port 80`", "has no option --port"),
    "dead verb of kubectl": ("`kubectl promote stage dev`", "has no sub-command 'promote'"),
    "resource that there is not": ("`kubectl get freightlines.kargo.akuity.io`", "no resource"),
    "dead path in a command": ("`kubectl get stage dev -o jsonpath='{.status.phase}'`", "no field 'phase'"),
    "annotation in a command": ("`kubectl annotate stage dev kargo.akuity.io/refrsh=1`", "no annotation"),
    "dead command of kargo": ("`kargo rollback --project demo`", "no sub-command 'rollback'"),
    "dead command below another": ("`argocd app synch NAME`", "no sub-command 'synch'"),
    "label in a selector": ("`kubectl get pods -l app.kubernetes.io/nam=x`", "no annotation or label"),
    "nearly a message": ('`"Failed to fetch any revision …"`', "no pattern knows"),
    "unknown step": ("`argocd-sync`", "no step 'argocd-sync'"),
    "reason that is not marked": ("The reason is ReconcileFailure.", "no name that is known"),
    "annotation that is not marked": ("Set kargo.akuity.io/refrsh on it.", "no name that is known"),
    "no notation": ("`status of the Stage`", "no known sort"),
    "empty diagram": ("```mermaid\n\n```", "empty block"),
    "diagram of nothing": ("```mermaid\nstateDiagram-v2\n```", "no diagram"),
    "command in a block": ("```sh\nkubectl -n x get stages\nkubectl -n x get stages --wide\n```", "no option --wide"),
    "quotation without an end": ("```sh\nkubectl get stages -o 'wide\n```", "does not end"),
    "dead field in YAML": ("```yaml\nkind: Stage\nspec: {promotion: {}}\n```", "no field 'promotion'"),
    "no YAML": ("```yaml\nkind: [Stage\n```", "no YAML"),
}


@pytest.fixture(scope="module")
def known() -> Knowledge:
    if not UPSTREAM.is_dir():
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs of Kargo, Argo CD and Argo Rollouts")
    return default_knowledge(UPSTREAM)


def test_what_is_true_passes(known: Knowledge) -> None:
    assert faults({"document": TRUE}, known) == []


@pytest.mark.parametrize(("planted", "problem"), FALSE.values(), ids=FALSE)
def test_what_is_false_is_found_where_it_stands(known: Knowledge, planted: str, problem: str) -> None:
    found = faults({"document": f"{TRUE}\n{planted}\n"}, known)

    assert [problem in one.problem for one in found] == [True], found
    assert found[0].line == TRUE.count("\n") + 2


def test_links_lead_from_one_document_to_another(known: Knowledge) -> None:
    good = "[there](gitops://references/other#inner) or [there](other.md#inner)"

    assert faults({"one": good, "other": "# Other\n\n## Inner\n"}, known) == []
    assert len(faults({"one": good, "other": "# Other\n"}, known)) == 2


@pytest.mark.parametrize("name", [one.name for one in REFERENCES])
def test_the_reference_is_true(known: Knowledge, name: str) -> None:
    texts = documents()

    assert [str(one) for one in faults(texts, known) if one.document == name] == []


@pytest.mark.parametrize("name", [one.name for one in REFERENCES])
def test_the_reference_says_enough_that_can_be_checked_and_where_it_has_it_from(name: str) -> None:
    document = taken_apart(name, documents()[name])

    assert len(document.spans) * 250 > len(document.text)  # one for each two or three lines
    assert len({one.text for one in document.links if one.text.startswith("gitops://rules/")}) >= 10
    assert document.text.count("Source: ") + document.text.count("Sources: ") >= 3


def test_words_from_source_are_listed_once_with_version_and_file() -> None:
    entries = sources()

    assert entries
    assert all(one.version[-1].isdigit() and "." in one.path for one in entries)
    assert len({(one.version, one.path) for one in entries}) == len(entries)
    for kind in ("conditions", "words", "labels", "messages", "names", "paths"):
        every = list(_all(entries, kind))
        assert sorted(set(every)) == sorted(every), kind


def test_what_a_file_does_not_hold_is_missing_from_it() -> None:
    code = 'Reason: "NoFreight"; fmt.Sprintf("Stage %q has no idea", name)'
    entry = Source("Kargo v1.0.0", "a.go", ("Stage Ready=False/NoFreight", "Stage Ready=False/NoFrieght"), ("Stage",))

    assert list(missing(entry, code)) == ["Stage Ready=False/NoFrieght"]
    assert list(missing(msgspec.structs.replace(entry, conditions=(), messages=("Stage … has no clue",)), code)) == [
        "Stage … has no clue"
    ]


def _all(entries: list[Source], kind: str) -> Iterator[str]:
    for one in entries:
        yield from getattr(one, kind)
