import json
import re
from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.patterns import search
from gitops_master.facts.texts import fact
from gitops_master.facts.warehouse import Subscription, WarehouseView
from gitops_master.model.kargo import Warehouse
from gitops_master.rules.registry import Hit, rule
from gitops_master.rules.remedies import refresh_warehouse
from gitops_master.rules.warehouse.effects import NO_FREIGHT, readiness
from gitops_master.rules.warehouse.patterns import REMOVED_FIELD

_NEW = {"allowTags": "allowTagsRegexes", "ignoreTags": "ignoreTagsRegexes"}
_ESCAPE = r"\\\g<0>"
_SPECIAL = re.compile(r"[.*+?()\[\]{}|^$\\]")
"""What a tag written out (ignoreTags lists tags, allowTags held an expression) has to have escaped."""


@rule(
    "removed-tag-filter-fields-fail-discovery",
    area="warehouse",
    title="A subscription uses allowTags or ignoreTags, which this release refuses",
    on=WarehouseView,
    needs={Warehouse.KIND},
    explains=NO_FREIGHT,
    versions=("kargo >= 1.11.0",),
    sources=("akuity/kargo#6487", "akuity/kargo v1.11.2 pkg/image/tag_based_selector.go:60"),
)
def check(warehouse: WarehouseView) -> Iterator[Hit]:
    """Since the upgrade to 1.11 discovery fails with `AllowTags is deprecated and unsupported`.

    Why: the fields are still in the CRD, but discovery fails outright where one is set.

    How to tell: the DiscoveryFailure message; the field in the subscription.

    What to do: write allowTagsRegexes or ignoreTagsRegexes instead, each a list of regular expressions.

    Not this when: the fields are not set; then the message is old and a refresh shows the present state.
    """
    found = search(REMOVED_FIELD, warehouse.failure) if warehouse.failure is not None else None
    if found is None:
        return
    word = found.groups.get("field", "")
    field = word[:1].lower() + word[1:]
    used = [(one, one.config[field]) for one in warehouse.subscriptions if one.config.get(field)]
    written = _expressions(field, used[0][1]) if used else []
    example = f", such as '{written[0]}'" if written else ""
    yield Hit(
        summary=f"Warehouse {warehouse.name} still filters tags with {field}, with which discovery fails since Kargo 1.11.",
        evidence=[
            found.text.as_evidence(),
            *(fact(warehouse.warehouse, f"{one.path}.{field}", value) for one, value in used[:3]),
        ],
        remedies=[
            advise(
                f"Replace {field} by {_NEW.get(field, 'the …Regexes field')} (a list of regular expressions"
                f"{example}) in the source of Warehouse {warehouse.name}",
                *_patch(warehouse, field, [one for one, _ in used]),
                confirm_with=readiness(warehouse),
            ),
            refresh_warehouse(warehouse),
        ],
    )


def _expressions(field: str, value: object) -> list[str]:
    """What was written, as regular expressions: allowTags held one, ignoreTags lists tags."""
    tags = [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]
    return [f"^{_SPECIAL.sub(_ESCAPE, tag)}$" for tag in tags] if field == "ignoreTags" else tags


def _patch(warehouse: WarehouseView, field: str, used: list[Subscription]) -> list[str]:
    """The same filter under its new name, beside the expressions that are there already."""
    operations: list[dict[str, object]] = []
    for one in used:
        place = f"/spec/subscriptions/{one.index}/{one.kind}"
        kept = [str(each) for each in one.config.get(_NEW[field]) or ()]
        value = [*kept, *(each for each in _expressions(field, one.config[field]) if each not in kept)]
        operations.append({"op": "remove", "path": f"{place}/{field}"})
        operations.append({"op": "add", "path": f"{place}/{_NEW[field]}", "value": value})
    patch = json.dumps(operations)
    if not operations or "'" in patch:
        return []
    return [
        f"kubectl -n {warehouse.project} patch warehouses.kargo.akuity.io {warehouse.name} --type json -p '{patch}'"
    ]
