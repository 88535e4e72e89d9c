"""Names in a file against what exists: what nobody has is said, with what is nearest to it, never passed over."""

from collections.abc import Collection, Iterator

import msgspec

from gitops_master.model.expectations import Endpoint
from gitops_master.model.near import did_you_mean
from gitops_master.verify_file.checking import PRODUCTS, key_path
from gitops_master.verify_file.merging import Expected
from gitops_master.verify_file.reading import VerifyFile


def unknown_names(
    file: VerifyFile,
    expected: Expected,
    *,
    project: str,
    stages: Collection[str] | None = None,
    projects: Collection[str] | None = None,
    services: Collection[str] | None = None,
    hosts: Collection[str] | None = None,
) -> list[str]:
    """A line for each name that nothing has. None: these were not read in full, so nothing is said of them.

    `stages`, `projects`: names. `services`: `namespace/name` of those that were looked for. `hosts`: those of the Stage's routes.
    """
    found = [*_unknown_stages(file, project, stages, projects)] if stages is not None else []
    if services is not None:
        found += _unknown_services(expected, services)
    if hosts is not None:
        found += _mistyped_hosts(expected, hosts)
    return found


def _unknown_stages(
    file: VerifyFile, project: str, stages: Collection[str], projects: Collection[str] | None
) -> Iterator[str]:
    for key in file.stages:
        named, _, stage = key.rpartition("/")
        where = f"{file.path}: {key_path(('stages', key))}"
        if named and named != project:
            if projects is not None and named not in projects:
                yield f"{where}: there is no project {named!r}{did_you_mean(named, sorted(projects))}"
        elif stage not in stages:
            other = "" if named else " (write project/stage for another project's)"
            yield f"{where}: project {project} has no Stage {stage!r}{other}{did_you_mean(stage, sorted(stages))}"


def _unknown_services(expected: Expected, services: Collection[str]) -> Iterator[str]:
    short = {one.partition("/")[2] for one in services}
    for name in expected.expectations.services:
        if name in services or name in short:
            continue
        near = did_you_mean(name, sorted(services if "/" in name else short))
        yield f"{expected.origins.get(name, expected.file)}: there is no Service {name!r}{near}"


def _mistyped_hosts(expected: Expected, hosts: Collection[str]) -> Iterator[str]:
    """A host that no route shows may be meant, and is asked; one that is nearly another is hardly."""
    for host in expected.expectations.hosts:
        near = "" if host in hosts else did_you_mean(host, sorted(set(hosts) - set(expected.expectations.hosts)))
        if near:
            yield f"{expected.origins.get(host, expected.file)}: no route of the Stage shows the host {host!r}{near}"


def placed(
    expected: Expected, *, services: Collection[str] | None, monitoring_namespace: str = ""
) -> tuple[Expected, list[str]]:
    """The same with the namespace of every monitoring Service that was named without one, and a line for each that has none.

    `services`: `namespace/name` of all that were read; None: not read in full. A namespace that somebody gave counts before what is found. What cannot be
    placed is left out: it is nowhere to be asked.
    """
    said = expected.expectations
    problems: list[str] = []
    nowhere = "was found in no namespace" if services is not None else "could not be looked for in every namespace"
    for product in PRODUCTS:
        one = getattr(said, product)
        if not isinstance(one, Endpoint) or not one.service or "/" in one.service:
            continue
        name = one.service.partition(":")[0]
        found = sorted({where.partition("/")[0] for where in services or () if where.partition("/")[2] == name})
        if monitoring_namespace and (monitoring_namespace in found or not found):
            found = [monitoring_namespace]
        if len(found) == 1:
            said = msgspec.structs.replace(
                said, **{product: msgspec.structs.replace(one, service=f"{found[0]}/{one.service}")}
            )
            continue
        known = f"is in the namespaces {', '.join(found)}" if found else nowhere
        problems.append(
            f"{product}: Service {name} {known}; say which under {product}.service of .gitops-verify.yaml, or give "
            "monitoring_namespace in .gitops-config.yaml"
        )
        said = msgspec.structs.replace(said, **{product: msgspec.structs.replace(one, service="") if one.url else None})
    return msgspec.structs.replace(expected, expectations=said), problems
