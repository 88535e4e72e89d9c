"""Where the real programs come from: `KUBEBUILDER_ASSETS`, else a cache outside the repository, else a build into that cache.

`python -m tests.live.programs` builds ahead of the tests and says where the programs are; with `--all` those of npm, too.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

BUILD_S = 1800
"""Seconds that a build may take: three to four minutes on two idle cores, several times that on a busy machine."""

FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")
LOCKED = ("package.json", "package-lock.json")
NODE = (22, 19)
"""The oldest Node that the programs of `JUDGES` run on."""


class NotToBeHad(Exception):
    """These programs are not on this machine and cannot be built; the message says why and what would help."""


class Module(NamedTuple):
    """A Go module beside this file and the programs built of it: name -> package."""

    folder: Path
    packages: Mapping[str, str]

    @property
    def flags(self) -> tuple[str, ...]:
        """Of `go build`. Kubernetes' programs say a version only where the build sets one: the one in go.mod."""
        found = re.search(
            r"^\tk8s\.io/kubernetes (v(\d+)\.(\d+)\.\S+)", (self.folder / "go.mod").read_text(), re.MULTILINE
        )
        said = dict(zip(("gitVersion", "gitMajor", "gitMinor"), found.groups(), strict=True)) if found else {}
        set_ = [f"-X k8s.io/component-base/version.{name}={value}" for name, value in said.items()]
        return *FLAGS, " ".join(("-ldflags=-s -w", *set_))


class Packages(NamedTuple):
    """A package.json with its lock, and the programs that its packages bring: name -> file below node_modules.

    The lock has hashes and no address: npm asks the registry that it is set up for.
    """

    folder: Path
    packages: Mapping[str, str]


_HERE = Path(__file__).parent
CONTROL_PLANE = Module(
    _HERE / "envtest",
    {
        "etcd": "go.etcd.io/etcd/server/v3",
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kubectl": "k8s.io/kubernetes/cmd/kubectl",
    },
)
ROLLOUTS = Module(
    _HERE / "rollouts", {"rollouts-controller": "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"}
)
HELM = Module(_HERE / "helm", {"helm": "helm.sh/helm/v3/cmd/helm"})
_JUDGES = _HERE.parent / "judges"
JUDGES = Packages(
    _JUDGES / "suite",
    {
        "conformance": "@modelcontextprotocol/conformance/dist/index.js",
        "conformance-handshake-era": "conformance-handshake-era/dist/index.js",
        "inspector": "@modelcontextprotocol/inspector/clients/launcher/build/index.js",
    },
)
_MACHINE = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OWN_NODE = Packages(_JUDGES / "node", {"node": f"node-{platform.system().lower()}-{_MACHINE}/bin/node"})


def node() -> Path:
    """A Node that is new enough: the one on PATH, else one from npm. Raises NotToBeHad."""
    on_path = shutil.which("node")
    if on_path is not None:
        ran = subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False, timeout=60)
        said = re.match(r"v(\d+)\.(\d+)\.", ran.stdout)
        if said is not None and (int(said[1]), int(said[2])) >= NODE:
            return Path(on_path)
    return find(OWN_NODE)["node"]


def find(module: Module | Packages) -> dict[str, Path]:
    """Name -> file of each of its programs. Builds or installs them where they are not there yet: once for all processes.

    Raises NotToBeHad.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and isinstance(module, Module) and (found := _in(Path(assets), module)):
        return found
    folder = cache_folder() / f"{module.folder.name}-{_fingerprint(module)}"
    if found := _in(folder, module):
        return found
    with _alone(folder):
        if not (found := _in(folder, module)):
            _make(module, folder)
            found = _in(folder, module)
    return found


def cache_folder() -> Path:
    """`GITOPS_MASTER_CACHE`, else this user's cache folder: never inside the repository."""
    if named := os.environ.get("GITOPS_MASTER_CACHE"):
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "gitops-master"


def _in(folder: Path, module: Module | Packages) -> dict[str, Path]:
    """The module's programs in that folder; none where one is missing."""
    if isinstance(module, Packages):
        found = {name: folder / "node_modules" / path for name, path in module.packages.items()}
        return found if all(path.is_file() for path in found.values()) else {}
    found = {name: folder / name for name in module.packages}
    return found if all(os.access(path, os.X_OK) for path in found.values()) else {}


def _fingerprint(module: Module | Packages) -> str:
    if isinstance(module, Packages):
        parts = [(module.folder / name).read_bytes() for name in LOCKED]
        parts += [platform.system().encode(), platform.machine().encode()]
    else:
        parts = [(module.folder / name).read_bytes() for name in ("go.mod", "go.sum")]
        parts += [_go_version().encode(), " ".join(module.flags).encode(), platform.machine().encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _go_version() -> str:
    go = shutil.which("go")
    if go is None:
        raise NotToBeHad(
            "no Go on PATH to build etcd and kube-apiserver with; install Go 1.26 or newer, or set KUBEBUILDER_ASSETS to a "
            "folder with etcd, kube-apiserver and kubectl"
        )
    ran = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False, timeout=60)
    return ran.stdout.strip()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process at a time: the others wait here, then find what it built."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(module: Module | Packages, folder: Path) -> None:
    """Works beside the folder and renames: a broken build leaves nothing that looks whole."""
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True) as work:
        made = Path(work) / "programs"
        made.mkdir()
        if isinstance(module, Packages):
            _install(module, made)
        else:
            _build(module, made, Path(work))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _build(module: Module, made: Path, work: Path) -> None:
    environment = dict(os.environ)
    # Go's own cache of this build is 2.8 GB and of no use to the next one: it goes with the working folder.
    environment.setdefault("GOCACHE", f"{work}/gocache")
    for name, package in module.packages.items():
        command = ["go", "build", "-C", str(module.folder), *module.flags, "-o", str(made / name), package]
        _run(command, f"go build of {name} ({_go_version()})", environment)


def _install(packages: Packages, made: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise NotToBeHad(
            f"no npm on PATH to install {', '.join(packages.packages)} with; install Node {NODE[0]}.{NODE[1]} or newer with npm"
        )
    for name in LOCKED:
        shutil.copy(packages.folder / name, made)
    # No package's own script runs: none is needed, and they are code of whoever published it last.
    command = [npm, "ci", "--prefix", str(made), "--ignore-scripts", "--no-audit", "--no-fund"]
    _run(command, f"npm ci of {packages.folder.name}", dict(os.environ))
    if not _in(made, packages):
        raise NotToBeHad(
            f"npm has no {', '.join(packages.packages)} for this machine ({platform.system()} {platform.machine()}); "
            f"install Node {NODE[0]}.{NODE[1]} or newer"
        )


def _run(command: list[str], what: str, environment: dict[str, str]) -> None:
    """Raises NotToBeHad with the command's last words."""
    try:
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_S)
    except subprocess.TimeoutExpired as error:
        raise NotToBeHad(f"{what} did not end within {BUILD_S} s") from error
    if ran.returncode:
        last = " | ".join(ran.stderr.strip().splitlines()[-3:])
        raise NotToBeHad(f"{what} failed: {last}")


def main() -> int:
    """Builds what is missing, and says so: 0 also where it cannot be had, unless `CI` is true."""
    looked: dict[str, Callable[[], Mapping[str, Path]]] = {
        ", ".join(one.packages): partial(find, one) for one in (CONTROL_PLANE, ROLLOUTS, HELM, JUDGES)
    }
    looked["node"] = lambda: {"node": node()}
    if "--all" not in sys.argv[1:]:
        looked = dict(list(looked.items())[:1])
    missing = False
    for names, found in looked.items():
        print(f"{names}: looking; a first build takes some minutes", file=sys.stderr, flush=True)
        try:
            print("\n".join(str(path) for path in found().values()))
        except NotToBeHad as error:
            print(f"not to be had, tests that need them are skipped: {error}", file=sys.stderr)
            missing = True
    return 1 if missing and in_ci() else 0


def in_ci() -> bool:
    """Whether a missing part is a failure, not a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


if __name__ == "__main__":
    sys.exit(main())
