"""Texts that the cluster wrote, each with the place it stands at: what patterns are matched against and evidence is cut from."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from gitops_master.model.finding import Evidence, quoted
from gitops_master.model.meta import Object, Ref


class Text(msgspec.Struct, frozen=True):
    """One message and where it was found. `at`: when it was written, where that is known."""

    object: Ref
    path: str
    value: str
    at: datetime | None = None

    def as_evidence(self, value: str = "") -> Evidence:
        return Evidence(object=str(self.object), path=self.path, value=quoted(value or self.value), observed_at=self.at)


def fact(about: Object | Ref | str, path: str, value: object, at: datetime | None = None) -> Evidence:
    """Evidence from an object: `fact(stage, "status.freightSummary", "0/2 Fulfilled")`."""
    who = about.ref if isinstance(about, Object) else about
    return Evidence(object=str(who), path=path, value=quoted(_as_text(value)), observed_at=at)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(str(one) for one in value)
    return str(value)


def longest_first(texts: Iterable[Text]) -> list[Text]:
    """The most telling text first: wrappers shorten what they wrap."""
    return sorted(texts, key=lambda text: -len(text.value))
