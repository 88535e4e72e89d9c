"""The .gitops-verify.yaml of this place, and whether it may cause requests."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gitops_master import verify_file
from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.model.finding import NotChecked
from gitops_master.ports.outside import Expected, Known
from gitops_master.verify_file import VerifyFile, expected_of, placed, unknown_names


def expectations_file(environ: Mapping[str, str], named: Path | None = None) -> tuple[VerifyFile, bool]:
    """The file that was named, else the nearest one; and whether it is trusted. Without any: one that says nothing.

    Raises UnreadableInput where it cannot be read or is wrong: a verification that skips what somebody wrote down would pass too
    easily. Raises Forbidden where others than the user can write to the record of trust.
    """
    if named is not None:
        return verify_file.load(named), True
    file = verify_file.nearest()
    if file.problem is not None:
        raise file.problem
    if file.path is None:
        return file, False
    return file, Trust(configuration_folder(environ)).is_trusted(file.path, file.content)


def expectations_by(
    environ: Mapping[str, str], named: Path | None = None, *, monitoring_namespace: str = ""
) -> Callable[[str, str], Expected]:
    """Expectations by project and Stage, for `ports.outside.Means`. The file is read at the first question.

    `monitoring_namespace`: as `.gitops-config.yaml` has it. What is returned raises as `expectations_file` does.
    """
    held: list[tuple[VerifyFile, bool]] = []

    def expected(project: str, stage: str) -> Expected:
        if not held:
            held.append(expectations_file(environ, named))
        file, is_trusted = held[0]
        return _expected(file, project, stage, is_trusted, monitoring_namespace)

    return expected


def _expected(file: VerifyFile, project: str, stage: str, is_trusted: bool, monitoring_namespace: str) -> Expected:
    whole = expected_of(file, project=project, stage=stage, trusted=is_trusted)

    def settle(known: Known) -> Expected:
        unknown = unknown_names(
            file,
            whole,
            project=project,
            stages=known.stages,
            projects=known.projects,
            services=known.services,
            hosts=known.hosts,
        )
        own = whole.within(hosts=known.hosts, services=known.own_services)
        found, nowhere = placed(own, services=known.services, monitoring_namespace=monitoring_namespace)
        told = _not_checked(file, [*found.words(), *unknown, *nowhere])
        return Expected(found.expectations, found.allowed_hosts, told)

    safe = whole if is_trusted else whole.within(hosts=(), services=())
    return Expected(safe.expectations, safe.allowed_hosts, _not_checked(file, whole.words()), settle)


def _not_checked(file: VerifyFile, words: Iterable[str]) -> tuple[NotChecked, ...]:
    what = str(file.path) if file.path is not None else verify_file.NAME
    return tuple(NotChecked(what=what, reason=one, leaves_open="what it says there") for one in words)
