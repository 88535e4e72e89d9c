"""Which labels a selector takes."""

from collections.abc import Mapping

from gitops_master.model.workloads import LabelSelector, Requirement


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether an object with these labels is selected; an empty selector selects everything."""
    return has(labels, selector.match_labels) and all(_meets(labels, one) for one in selector.match_expressions)


def has(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether all the wanted labels are there."""
    return wanted.items() <= labels.items()


def _meets(labels: Mapping[str, str], one: Requirement) -> bool:
    """An operator that is not known selects nothing, as an API server would refuse it."""
    match one.operator:
        case "In":
            return labels.get(one.key) in one.values
        case "NotIn":
            return labels.get(one.key) not in one.values
        case "Exists":
            return one.key in labels
        case "DoesNotExist":
            return one.key not in labels
    return False
