"""Whether what a request names can be a name at all, and what goes together."""

import re
from collections.abc import Iterable

from gitops_master.manifests.request import StageRequest
from gitops_master.model.errors import UsageError

LABEL_LONGEST, NAME_LONGEST = 63, 253
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_RULE = "lower-case letters, digits and -, a letter or digit at both ends"
_HOLES = re.compile(r"\$\{\{.*?\}\}")
"""Expressions: a path may name the Stage by one."""
_SOAK = re.compile(r"([0-9]+(\.[0-9]+)?(s|m|h))+")


def check_names(request: StageRequest) -> None:
    """Raises UsageError for a name that Kubernetes would refuse, and for a duration that Kargo would."""
    # A project is a namespace; a Stage's name is the value of a label on what belongs to it, and Kargo cuts longer ones.
    _short("project", request.project, _LABEL)
    _short("name of the Stage", request.name, _NAME)
    for what, names in (("warehouse", request.warehouses), ("upstream", request.upstream)):
        for one in names:
            check_name(what, one)
    for one in request.apps:
        for part in one.split("/"):
            check_name("Application", part)
        if one.count("/") > 1:
            raise UsageError(f"Application {one!r}: more than one slash", "NAME or NAMESPACE/NAME")
    if request.shared_steps:
        check_name("PromotionTask", request.shared_steps)
    if request.name in request.upstream:
        raise UsageError(f"Stage {request.name}: it cannot be its own upstream Stage", "name the Stages before it")
    if request.soak and not _SOAK.fullmatch(request.soak):
        raise UsageError(
            f"soak {request.soak!r} is not a duration that Kargo takes", "hours, minutes, seconds: 1h30m, 24h"
        )


def check_addresses(request: StageRequest) -> None:
    """Raises UsageError for addresses that no manifest may hold, or that cannot be one of their kind."""
    given = (("repo_url", request.repo_url), ("chart", request.chart), ("image", request.image), ("path", request.path),
             ("branch", request.branch))  # fmt: skip
    for what, text in given:
        host = text.partition("://")[2].partition("/")[0]
        if ":" in host.rpartition("@")[0]:
            raise UsageError(
                f"{what} holds a password", "leave it out: Kargo takes credentials from a Secret of the project"
            )
        if any(one.isspace() for one in _HOLES.sub("", text)):
            raise UsageError(f"{what} {text!r} holds a blank", "give it as it stands in a manifest")
    if request.repo_url and "/" not in request.repo_url:
        raise UsageError(f"repo_url {request.repo_url!r} is not the address of a repository", "https://HOST/PATH")
    if "://" in request.image:
        raise UsageError(f"image {request.image!r} has a scheme", "HOST/PATH, without https://")
    if ".." in request.path.split("/"):
        raise UsageError(f"path {request.path!r} leads out of the repository", "a path from the repository's root")


def check_name(what: str, name: str) -> None:
    """Raises UsageError unless it is a name for an object."""
    if len(name) > NAME_LONGEST or not _NAME.fullmatch(name):
        raise UsageError(f"{what} {_shown(name)} cannot be the name of an object", f"{_RULE}; at most {NAME_LONGEST}")


def _short(what: str, name: str, form: re.Pattern[str]) -> None:
    if len(name) > LABEL_LONGEST or not form.fullmatch(name):
        raise UsageError(f"{what} {_shown(name)} cannot be used", f"{_RULE}; at most {LABEL_LONGEST} characters")


def _shown(name: str) -> str:
    return f"{name[:80]!r}… ({len(name)} characters)" if len(name) > NAME_LONGEST else repr(name)


def listed(names: Iterable[str]) -> str:
    """`a, b, c`, sorted, the first twenty of many."""
    every = sorted(set(names))
    return ", ".join(every[:20]) + (f" and {len(every) - 20} more" if len(every) > 20 else "") if every else "none"
