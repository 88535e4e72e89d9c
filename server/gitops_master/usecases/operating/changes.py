"""What a promotion changes, artifact by artifact."""

from collections.abc import Iterator

from gitops_master.facts.stage import StageView
from gitops_master.model.kargo import Commit, Freight, FreightReference, Image
from gitops_master.model.operating import Change
from gitops_master.usecases.graph import name_of

_Key = tuple[str, str, int]


def held_now(view: StageView) -> list[str]:
    """What the Stage holds, as people call it; with its origin where it takes from several."""
    items = view.current.items if view.current is not None else {}
    several = len(view.stage.spec.requested_freight) > 1
    return [f"{origin}: {name_of(one)}" if several else name_of(one) for origin, one in sorted(items.items())]


def changes(view: StageView, freight: Freight) -> list[Change]:
    """Of the Freight's origin; those of others stay. What is the same before and after is listed, too."""
    held = view.current.items.get(freight.origin.key) if view.current is not None else None
    before = dict(_artifacts(held)) if held is not None else {}
    after = dict(_artifacts(freight))
    found = []
    for key in dict.fromkeys((*after, *before)):
        kind, repo, _ = key
        found.append(Change(kind=kind, repo=repo, **_shown(before.get(key), after.get(key))))
    return found


def _shown(before: tuple[str, str] | None, after: tuple[str, str] | None) -> dict[str, str]:
    """Short forms, and with what is exact where the short ones are the same but the artifacts are not."""
    differ = before is not None and after is not None and before != after and before[0] == after[0]
    return {"before": _form(before, exact=differ), "after": _form(after, exact=differ)}


def _form(one: tuple[str, str] | None, *, exact: bool) -> str:
    if one is None:
        return ""
    return f"{one[0]} ({one[1]})" if exact and one[1] else one[0]


def _artifacts(freight: Freight | FreightReference) -> Iterator[tuple[_Key, tuple[str, str]]]:
    """Each with (what people call it, what it is exactly). A repository may be subscribed to more than once."""
    counts: dict[tuple[str, str], int] = {}

    def key(kind: str, repo: str) -> _Key:
        counts[kind, repo] = counts.get((kind, repo), 0) + 1
        return kind, repo, counts[kind, repo]

    for commit in freight.commits:
        yield key("commit", commit.repo_url), _commit(commit)
    for image in freight.images:
        yield key("image", image.repo_url), _image(image)
    for chart in freight.charts:
        repo = "/".join(part for part in (chart.repo_url, chart.name) if part)
        yield key("chart", repo), (chart.version, "")


def _commit(one: Commit) -> tuple[str, str]:
    return (one.tag or one.id[:12], one.id)


def _image(one: Image) -> tuple[str, str]:
    return (one.tag or one.digest, one.digest)
