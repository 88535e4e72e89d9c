"""What manifests are judged against: those that are given, and what else is known to exist."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from gitops_master.model.manifest import Manifest
from gitops_master.model.snapshot import Place
from gitops_master.model.versions import Version, Versions

KARGO = "kargo.akuity.io"
PROJECT, PROJECT_CONFIG = f"{KARGO}/Project", f"{KARGO}/ProjectConfig"
STAGE, WAREHOUSE = f"{KARGO}/Stage", f"{KARGO}/Warehouse"
TASK, CLUSTER_TASK = f"{KARGO}/PromotionTask", f"{KARGO}/ClusterPromotionTask"
APPLICATION, APPLICATION_SET, APP_PROJECT = (
    f"argoproj.io/{one}" for one in ("Application", "ApplicationSet", "AppProject")
)
TEMPLATE, CLUSTER_TEMPLATE = "argoproj.io/AnalysisTemplate", "argoproj.io/ClusterAnalysisTemplate"
SERVICE_ACCOUNT, NAMESPACE = "v1/ServiceAccount", "v1/Namespace"
RBAC = "rbac.authorization.k8s.io"
ROLE, ROLE_BINDING = f"{RBAC}/Role", f"{RBAC}/RoleBinding"
CLUSTER_ROLE, CLUSTER_ROLE_BINDING = f"{RBAC}/ClusterRole", f"{RBAC}/ClusterRoleBinding"


class World:
    """Immutable by convention. What is given stands in for the object of the same name that the cluster holds."""

    def __init__(
        self,
        given: Iterable[Manifest] = (),
        live: Iterable[Manifest] = (),
        *,
        places: Iterable[Place] = (),
        live_known: bool = False,
        versions: Versions | None = None,
        argocd_namespace: str = "argocd",
    ) -> None:
        """`live`: what a cluster holds; `live_known`: whether one was asked at all; `places`: where it was read in full.

        `argocd_namespace`: where Applications are looked for that no step gives a namespace.
        """
        self.given: Sequence[Manifest] = tuple(given)
        self.live: Sequence[Manifest] = tuple(live)
        self.live_known = live_known
        self.versions = versions or Versions()
        self.argocd_namespace = argocd_namespace
        self._places = frozenset(places)

    @property
    def kargo(self) -> Version | None:
        """The version of Kargo that the manifests are for; None where nobody said."""
        return self.versions.kargo

    @cached_property
    def _by_name(self) -> Mapping[tuple[str, str, str], Manifest]:
        return {(one.kind, one.namespace, one.name): one for one in (*self.live, *self.given)}

    @cached_property
    def _by_kind(self) -> Mapping[str, Sequence[Manifest]]:
        found: dict[str, list[Manifest]] = {}
        for one in self._by_name.values():
            found.setdefault(one.kind, []).append(one)
        return found

    def get(self, kind: str, namespace: str, name: str) -> Manifest | None:
        """`kind`: as `Manifest.kind` has it. A manifest without a namespace is taken for one of any."""
        return self._by_name.get((kind, namespace, name)) or self._by_name.get((kind, "", name))

    def all(self, kind: str, namespace: str | None = None) -> list[Manifest]:
        """Of a kind, in the namespace where one is given; what names no namespace is in each."""
        every = self._by_kind.get(kind, ())
        return [one for one in every if namespace is None or one.namespace in (namespace, "")]

    def lacks(self, kind: str, namespace: str, name: str) -> bool:
        """Whether there is no such object for sure. A cluster answers for the places that were read in full.

        Without a cluster, files are all there is for kinds of which they hold any; of others nothing is known.
        """
        if self.get(kind, namespace, name) is not None:
            return False
        if self.live_known:
            looked = (Place(kind), Place(kind, namespace), Place(kind, namespace, name))
            return any(one in self._places for one in looked)
        return bool(self.all(kind))
