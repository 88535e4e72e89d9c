"""A big snapshot, the same at every run: objects that real controllers wrote (tests/cases/live), under new names and times.

Every fifth Stage begins a service that goes through five Stages; a namespace a level holds all workloads of that level. Of
ten services one has a failed Promotion, one an image that cannot be pulled, one waits for its soak time. Files are what
`kubectl get --output json --show-managed-fields` prints.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from textwrap import indent
from typing import Any, NamedTuple

from bench.templates import HOUR, PARTS, Json, KargoTemplates, Template, WorkloadTemplates, case, named

Rendered = Iterator[tuple[str, str]]
"""(kind, text) of one object after the other."""


class Size(NamedTuple):
    stages: int
    promotions: int
    pods: int


FULL, TENTH = Size(500, 5_000, 20_000), Size(50, 500, 2_000)

PROJECT = "shop"
BROKEN_STAGE = "svc005-staging"
LEVELS = ("dev", "test", "qa", "staging", "prod")
FAILED, DEGRADED, SOAKING = 3, 5, 7
STAGING, PROD = 3, 4
OBSERVED_AT = datetime(2026, 11, 23, 5, 50, tzinfo=UTC)
_LIST = (
    '{\n    "apiVersion": "v1",\n    "items": [\n',
    '\n    ],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n',
)


def _hex(*parts: object) -> str:
    return sha1("/".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()


def _uid(*parts: object) -> str:
    text = _hex("uid", *parts)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:32]))


def _ulid(time: datetime, *parts: object) -> str:
    digits, rest = "", int(time.timestamp() * 1000)
    for _ in range(10):
        rest, digit = divmod(rest, 32)
        digits = "0123456789abcdefghjkmnpqrstvwxyz"[digit] + digits
    return digits + _hex("ulid", *parts)[:16]


class World:
    """All objects of one size, in one project. `numbers`: of its services, where not the first ones are wanted."""

    def __init__(
        self, size: Size, project: str = PROJECT, service: str = "svc", numbers: Sequence[int] | None = None
    ) -> None:
        self.size, self.project, self.service = size, project, service
        self.numbers = range(size.stages // len(LEVELS)) if numbers is None else numbers
        self.each = size.promotions // size.stages
        self.pods = size.pods // size.stages // len(PARTS)
        good, bad = "3a99096c58c4e7085c0d7e5a562ab26e07d7fb45", "c654328d5be3c56c22c2ea896f0c8ea78088f247"
        failed, failed_before = "c1993aac2bdec345a37000260b983b8acbf9efbe", "0aa7e0bb08f564b0c434ca60ee9703cd789d0a83"
        soaking = "cc809b55065c87d27d527f2da9d7925e045538dc"
        self.healthy = KargoTemplates("14", "kestova", "portal", "live", good, good)
        self.odd = {
            (FAILED, PROD): KargoTemplates("01", "velnora", "catalog", "live", failed, failed_before),
            (DEGRADED, STAGING): KargoTemplates("14", "kestova", "portal", "staging", bad, good),
            (SOAKING, PROD): KargoTemplates("38", "calderwen", "maps", "live", soaking, soaking),
        }
        self.running = WorkloadTemplates("live", "portal-5b9bfd49cd", "", 0)
        self.stuck = WorkloadTemplates("staging", "portal-5b9bfd49cd", "portal-65f6767cf", 3)
        self.warehouse = Template(
            named("14", "Warehouse kestova/portal"), {"kestova": "project", "portal": "service", bad: "freight"}
        )
        event = next(
            one for one in case("14") if one.get("reason") == "PromotionSucceeded" and one["apiVersion"] == "v1"
        )
        self.event = Template(deepcopy(event), self.healthy.names)

    def objects(self) -> Rendered:
        yield from self.fixed()
        for service in self.numbers:
            newest = self.values(service, 0, self.each - 1)
            yield self.warehouse.text(newest | {"uid": _uid("warehouse", service)})
            for number in range(self.each):
                yield "Freight", indent(json.dumps(self._freight(service, number), indent=4), " " * 8)
            for level in range(len(LEVELS)):
                yield from self._stage(service, level)

    def fixed(self) -> Rendered:
        """The project and the control planes, as they were recorded."""
        for one in case("14"):
            namespace = one["metadata"].get("namespace", "")
            if one["kind"] in {"Project", "AppProject"} or (
                namespace in {"kargo", "argocd", "argo-rollouts"} and one["kind"] in {"Pod", "Lease"}
            ):
                yield Template(deepcopy(one), {"kestova": "project"}).text(
                    {"project": self.project, "hour": HOUR, "uid": one["metadata"]["uid"]}
                )
        yield (
            "ProjectConfig",
            indent(
                json.dumps(
                    {
                        "apiVersion": "kargo.akuity.io/v1alpha1",
                        "kind": "ProjectConfig",
                        "metadata": {"name": self.project, "namespace": self.project},
                        "spec": {"promotionPolicies": []},
                    },
                    indent=4,
                ),
                " " * 8,
            ),
        )

    def values(self, service: int, level: int, number: int) -> dict[str, str]:
        """What fills the holes for a Promotion's number at one level."""
        hour = OBSERVED_AT - timedelta(hours=6 * (self.each - 1 - number))
        held = min(number, self.each - 2) if self._is_behind(service, level) else number
        name = f"{self.service}{service:03}"
        shas = {key: _hex("freight", service, at) for key, at in (("freight", held), ("before", max(held - 1, 0)))}
        return {
            **shas,
            **{"short": shas["freight"][:7], "short_before": shas["before"][:7], "hour": f"{hour:%Y-%m-%dT%H}"},
            **{"commit": _hex("commit", service, held), "commit_before": _hex("commit", service, max(held - 1, 0))},
            **{
                "project": self.project,
                "service": name,
                "stage": f"{name}-{LEVELS[level]}",
                "app": f"{name}-{LEVELS[level]}",
            },
            **{"upstream": f"{name}-{LEVELS[max(level - 1, 0)]}", "namespace": f"{self.project}-{LEVELS[level]}"},
            **{"stage_uid": _uid("stage", service, level), "uid": _uid("promotion", service, level, number)},
            "ulid": _ulid(hour, service, level, number),
        }

    def _is_behind(self, service: int, level: int) -> bool:
        """Stages that still hold the Freight before the newest: behind a degraded one, or waiting for the soak time."""
        return level == PROD and service % 10 in {DEGRADED, SOAKING}

    def _freight(self, service: int, number: int) -> Json:
        values = self.values(service, 0, number)
        name, at = f"{self.service}{service:03}", f"{values['hour']}:47:49Z"
        stages = [f"{name}-{level}" for level in LEVELS]
        newest = number == self.each - 1
        last = (
            {FAILED: PROD, SOAKING: PROD, DEGRADED: STAGING}.get(service % 10, len(LEVELS)) if newest else len(LEVELS)
        )
        current = (
            stages[: last + (service % 10 == DEGRADED)] if newest else stages[last:] if number < self.each - 2 else []
        )
        if number == self.each - 2 and service % 10 in {FAILED, SOAKING, DEGRADED}:
            current = stages[PROD:]
        repo = f"http://127.0.0.1:3000/{self.project}/deploy.git"
        commit = {"author": "Rina Halloran <rina@example.net>", "branch": "main", "id": values["commit"]}
        return {
            "alias": f"freight-{values['short']}",
            "apiVersion": "kargo.akuity.io/v1alpha1",
            "commits": [{**commit, "message": f"{name} 1.{number}.0", "repoURL": repo}],
            "discoveredAt": at,
            "kind": "Freight",
            "metadata": {
                "creationTimestamp": at,
                "name": values["freight"],
                "namespace": self.project,
                "uid": _uid("freight", service, number),
            },
            "origin": {"kind": "Warehouse", "name": name},
            "status": {
                "currentlyIn": {one: {"since": at} for one in current},
                "verifiedIn": {one: {"verifiedAt": at} for one in stages[:last]},
            },
        }

    def _stage(self, service: int, level: int) -> Rendered:
        kargo = self.odd.get((service % 10, level), self.healthy)
        for number in range(self.each):
            values = self.values(service, level, number)
            template = kargo if number == self.each - 1 else self.healthy
            yield template.promotion.text(values)
            yield self.event.text(values | {"uid": _uid("event", values["uid"])})
        values |= {"uid": values["stage_uid"]}
        yield (kargo.stage if level else kargo.first_stage).text(values)
        yield (kargo.app or self.healthy.app).text(values | {"uid": _uid("app", service, level)})  # type: ignore[union-attr]
        stuck = (service % 10, level) == (DEGRADED, STAGING)
        for number, part in enumerate(PARTS):
            yield from self.workload(self.stuck if stuck and not number else self.running, values, part)

    def workload(self, workload: WorkloadTemplates, values: dict[str, str], part: str) -> Rendered:
        name = f"{values['service']}-{part}"
        place = (values["namespace"], name)
        values = {**values, "workload": name, "deployment_uid": _uid(*place), "uid": _uid(*place)}
        yield workload.deployment.text(values)
        counts = (self.pods - workload.waiting, workload.waiting)
        for (set_, pod), count in zip(workload.sets, counts, strict=False):
            mark = _hex(*place, count)[:9]
            values |= {"hash": mark, "set": f"{name}-{mark}", "set_uid": _uid(*place, mark)}
            yield set_.text(values | {"uid": values["set_uid"]})
            for number in range(count):
                suffix = _hex("pod", mark, number)[:5]
                yield pod.text(values | {"pod": f"{name}-{mark}-{suffix}", "uid": _uid("pod", mark, number)})


def write(folder: Path, size: Size) -> int:
    """A snapshot of that size in an empty folder, one file a kind; its bytes."""
    folder.mkdir(parents=True)
    with ExitStack() as stack:
        files: dict[str, Any] = {}
        for kind, text in World(size).objects():
            if kind in files:
                files[kind].write(",\n")
            else:
                files[kind] = stack.enter_context((folder / f"{kind.lower()}s.json").open("w", encoding="utf-8"))
                files[kind].write(_LIST[0])
            files[kind].write(text)
        for file in files.values():
            file.write(_LIST[1])
    index = {
        "observed_at": f"{OBSERVED_AT:%Y-%m-%dT%H:%M:%SZ}",
        "versions": {"kargo": "v1.11.2", "argo-cd": "v3.5.1", "argo-rollouts": "v1.10.1"},
    }
    (folder / "snapshot.yaml").write_text(json.dumps({**index, "complete": ["*"]}))
    return sum(path.stat().st_size for path in folder.iterdir())
