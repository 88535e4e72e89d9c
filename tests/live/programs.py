"""Where the real programs come from: `KUBEBUILDER_ASSETS`, else a cache outside the repository, else a build into that cache.

`python -m tests.live.programs` builds ahead of the tests and says where the programs are.
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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

BUILD_S = 1800
"""Seconds that a build may take: three to four minutes on two idle cores, several times that on a busy machine."""

FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false")


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


def find(module: Module) -> dict[str, Path]:
    """Name -> executable of each of the module's programs. Builds them where they are not there yet: once for all processes.

    Raises NotToBeHad.
    """
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if assets and (found := _in(Path(assets), module)):
        return found
    folder = cache_folder() / f"{module.folder.name}-{_fingerprint(module)}"
    if found := _in(folder, module):
        return found
    with _alone(folder):
        if not (found := _in(folder, module)):
            _build(module, folder)
            found = _in(folder, module)
    return found


def cache_folder() -> Path:
    """`GITOPS_MASTER_CACHE`, else this user's cache folder: never inside the repository."""
    if named := os.environ.get("GITOPS_MASTER_CACHE"):
        return Path(named).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "gitops-master"


def _in(folder: Path, module: Module) -> dict[str, Path]:
    """The module's programs in that folder; none where one is missing."""
    found = {name: folder / name for name in module.packages}
    return found if all(os.access(path, os.X_OK) for path in found.values()) else {}


def _fingerprint(module: Module) -> str:
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


def _build(module: Module, folder: Path) -> None:
    """Builds beside the folder and renames: a broken build leaves nothing that looks whole."""
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent, ignore_cleanup_errors=True) as work:
        environment = dict(os.environ)
        # Go's own cache of this build is 2.8 GB and of no use to the next one: it goes with the working folder.
        environment.setdefault("GOCACHE", f"{work}/gocache")
        made = Path(work) / "programs"
        made.mkdir()
        for name, package in module.packages.items():
            command = ["go", "build", "-C", str(module.folder), *module.flags, "-o", str(made / name), package]
            try:
                ran = subprocess.run(
                    command, env=environment, capture_output=True, text=True, check=False, timeout=BUILD_S
                )
            except subprocess.TimeoutExpired as error:
                raise NotToBeHad(f"go build of {name} did not end within {BUILD_S} s") from error
            if ran.returncode:
                last = " | ".join(ran.stderr.strip().splitlines()[-3:])
                raise NotToBeHad(f"go build of {name} ({_go_version()}) failed: {last}")
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def main() -> int:
    """Builds what is missing, and says so: 0 also where it cannot be had, unless `CI` is true."""
    modules = [CONTROL_PLANE, ROLLOUTS] if "--all" in sys.argv[1:] else [CONTROL_PLANE]
    for module in modules:
        print(f"{', '.join(module.packages)}: looking; a first build takes some minutes", file=sys.stderr, flush=True)
        try:
            print("\n".join(str(path) for path in find(module).values()))
        except NotToBeHad as error:
            print(f"not to be had, tests that need them are skipped: {error}", file=sys.stderr)
            if in_ci():
                return 1
    return 0


def in_ci() -> bool:
    """Whether a missing part is a failure, not a reason to skip."""
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


if __name__ == "__main__":
    sys.exit(main())
