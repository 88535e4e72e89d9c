"""Label selectors as the API server evaluates them."""

from collections.abc import Mapping

from gitops_master.model.workloads import LabelSelector, Requirement


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether all of it holds for the labels; an empty selector selects everything."""
    plain = all(labels.get(key) == value for key, value in selector.match_labels.items())
    return plain and all(_holds(one, labels) for one in selector.match_expressions)


def _holds(one: Requirement, labels: Mapping[str, str]) -> bool:
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
