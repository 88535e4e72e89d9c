"""What a request comes to in the world as it is: the artifact, the repository, the Applications."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from gitops_master.manifests.build.applications import App, path_of, revision_of, sources
from gitops_master.manifests.build.names import listed
from gitops_master.manifests.build.repositories import Subscription, chart_parts, named, same_git
from gitops_master.manifests.request import StageRequest
from gitops_master.manifests.world import World
from gitops_master.model.errors import UsageError
from gitops_master.model.manifest import Manifest, items


class Fit(msgspec.Struct, frozen=True):
    """`origins`: the Warehouses. `subscribed`: of those that are known. `unknown`: those of which nothing is known.

    `notes`: what had to be assumed, added to as it happens.
    """

    request: StageRequest
    world: World
    existing: Manifest | None
    origins: Sequence[str]
    subscribed: Sequence[Subscription]
    unknown: Sequence[str]
    apps: Sequence[App]
    notes: list[str]

    @property
    def kept(self) -> Mapping[str, str]:
        """The variables of the Stage as it is, its own and those that it gives to a task."""
        template = (self.existing.spec.get("promotionTemplate") or {}) if self.existing else {}
        steps = items(template, "spec", "steps")
        rows = [*items(template, "spec", "vars"), *(row for step in steps for row in items(step, "vars"))]
        return {str(row["name"]): str(row["value"]) for row in rows if "name" in row and row.get("value")}

    def of(self, kind: str) -> list[Subscription]:
        return [one for one in self.subscribed if one.kind == kind]

    def image(self) -> Subscription | None:
        """The image to deploy; None where the Freight has none. Raises UsageError where it has several and none was named."""
        given = self.request.image
        return self._one("image", given, lambda: Subscription("image", given, "", strategy="SemVer"))

    def chart(self) -> Subscription | None:
        """Likewise the chart."""
        repo_url, name = chart_parts(self.request.chart)
        return self._one("chart", self.request.chart, lambda: Subscription("chart", repo_url, "", name))

    def _one(self, kind: str, wanted: str, made: Callable[[], Subscription]) -> Subscription | None:
        known = self.of(kind)
        found = named(wanted, known) if wanted else known
        if wanted and not found and self.unknown:
            return made()
        titles = list(dict.fromkeys(one.title for one in known))
        if wanted and not found:
            where = f"Warehouse {listed(self.origins)}"
            raise UsageError(
                f"{kind} {wanted}: {where} does not subscribe to it", f"{kind}s there are: {listed(titles)}"
            )
        if len({one.title for one in found}) > 1:
            raise UsageError(f"the Freight has several {kind}s, and which one to deploy was not said: {listed(titles)}",
                             f"name one as {kind}")  # fmt: skip
        return found[0] if found else None

    def origin_argument(self, one: Subscription) -> str:
        """`, warehouse("x")` where several Warehouses of the Stage subscribe to the same, or may: Kargo refuses to guess."""
        rivals = {other.origin for other in self.of(one.kind) if other.repo_url == one.repo_url} | set(self.unknown)
        if len(self.origins) < 2 or not one.origin or not rivals - {one.origin}:
            return ""
        if rivals - {one.origin} - set(self.unknown):
            self.notes.append(
                f"{one.title} is subscribed to by Warehouses {listed(rivals)}: {one.origin} decides here."
            )
        return f', warehouse("{one.origin}")'

    def repository(self) -> str:
        """The one that holds what is deployed. Raises UsageError where nothing tells it."""
        if url := self.request.repo_url or self.kept.get("repoURL", ""):
            return url
        found = [one.repo_url for app in self.apps for one in sources(app) if one.repo_url and not one.chart]
        found = found or [one.repo_url for one in self.of("git")]
        if len({one.lower() for one in found}) == 1:
            return found[0]
        raise UsageError(
            "repo_url: which repository holds what is deployed is not known"
            + (f"; it could be {listed(found)}" if found else ""),
            "give the URL of the repository that the Applications read",
        )

    def branch(self, url: str) -> str:
        """The branch that is written to."""
        if given := self.request.branch or self.kept.get("branch", ""):
            return given
        tracked = [revision_of(one) for app in self.apps for one in sources(app) if same_git(one.repo_url, url)]
        subscribed = [one.branch for one in self.of("git") if same_git(one.repo_url, url)]
        found = list(dict.fromkeys(one for one in tracked or subscribed if one))
        if len(found) == 1:
            return found[0]
        self.notes.append("branch: nothing says which, so main is taken.")
        return "main"

    def path(self, url: str, otherwise: str, what: str) -> str:
        """The folder or file in the repository, without a slash around it. `what`: the words for it."""
        if given := self.request.path or self.kept.get("path", ""):
            return given.strip("/").removeprefix("./") or "."
        found = {path_of(one) for app in self.apps for one in sources(app) if same_git(one.repo_url, url)} - {""}
        if len(found) == 1:
            return found.pop()
        self.notes.append(f"path: nothing says where {what} is, so {otherwise} is taken.")
        return otherwise

    def commit_of(self, url: str) -> Subscription | None:
        """The subscription to a repository, whose commit the Freight has."""
        return next((one for one in self.of("git") if same_git(one.repo_url, url)), None)


def missing(what: str, of: str, fit: Fit) -> UsageError:
    """That the Freight lacks the artifact that a style deploys."""
    held = listed(f"{one.kind} {one.title}" for one in fit.subscribed)
    where = f"Warehouse {listed(fit.origins)}"
    return UsageError(
        f"{of} deploys {what}, and {where} subscribes to none: {held}", f"name {what}, or another delivery"
    )
