"""Hostile YAML: what parsers choke on, and manifests of which one part is not what it should be."""

import copy
import json
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.fuzz.values import text

_DEMO = Path(__file__).parents[2] / "server" / "gitops_master" / "demo_snapshot"


def _bomb() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]" for at in range(1, 12)]
    return "\n".join(lines)


_FIXED = (
    _bomb(),
    "a: &a [*a]",
    "&a ? *a : *a",
    "a: &x {b: 1}\nc: {<<: *x, <<: [*x, *x]}",
    "!!python/object/apply:os.system ['touch owned']",
    "!!python/name:os.system",
    "a: !!binary '===='",
    "a: !<tag:yaml.org,2002:timestamp> 2001-13-45",
    "!!set {a, b}\n--- !!omap [a: 1]\n",
    "%YAML 9.9\n---\na: 1",
    "%TAG ! tag:evil,2000:\n---\n!x a",
    "---\n" * 3000,
    "--- a\n" * 3000,
    "...\n" * 3000,
    "[" * 9000,
    "{" * 9000,
    "- " * 4000,
    "? " * 4000,
    "a: " * 200,
    "a:\n\t- b",
    "a: 1\na: 2",
    "? [a, b]\n: c",
    "a: 0x" + "f" * 5000,
    "a: " + "9" * 5000,
    "a: 1e999999999",
    "a: .nan\nb: -.inf",
    "a: 190:20:30:" + "59:" * 500 + "1",
    "a: 9999-99-99T99:99:99Z",
    'a: "\\ud800\\x00\\U0011ffff"',
    "a: |" + "9" * 30 + "\n  x",
    "a: >-\n" + "\n" * 5000 + "  x",
    "# " + "x" * 100_000,
    "kind: Stage",
    "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nmetadata: []\nspec: 7",
    "apiVersion: v1\nkind: List\nitems: {}",
    "apiVersion: v1\nkind: List\nitems: [[[1]], null, {kind: Stage}]",
    "apiVersion: 1\nkind: 2\nmetadata: 3",
)
_ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, float("nan"), "", "x", [], {}, [None], [[]], {"": ""}, {"name": []}, [{"name": {}}], {"a": {"b": {}}}, [1, "1"],
)  # fmt: skip


def _manifests() -> list[Any]:
    found: list[Any] = []
    for file in ("stages", "warehouses", "projectconfigs", "analysistemplates", "applications", "promotions"):
        found += [one for one in yaml.safe_load_all((_DEMO / f"{file}.yaml").read_text()) if isinstance(one, dict)]
    return found


_MANIFESTS = _manifests()


def _places(node: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything below."""
    keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]


def mutated(rng: Random) -> str:
    """A real manifest with one to three parts replaced or renamed."""
    made = json.loads(json.dumps(rng.choice(_MANIFESTS), default=str))
    for _ in range(rng.randint(1, 3)):
        places = _places(made)
        if not places:
            break
        container, key = rng.choice(places)
        if isinstance(container, dict) and rng.random() < 0.1:
            container[text(rng)[:200]] = container.pop(key)
        elif rng.random() < 0.15:
            container[key] = f"${{{{ {rng.choice(('vars.', 'ctx.', 'outputs', 'warehouse('))}{text(rng)[:80]} }}}}"
        else:
            container[key] = copy.deepcopy(rng.choice(_ODD)) if rng.random() < 0.7 else text(rng)[:3000]
    return json.dumps(made)


def yaml_text(rng: Random) -> str:
    """To be judged by generate_stage_yaml."""
    way = rng.random()
    if way < 0.5:
        return mutated(rng)
    if way < 0.6:
        return "\n---\n".join(mutated(rng) for _ in range(rng.randint(2, 4)))
    if way < 0.7:
        whole = yaml.safe_dump(rng.choice(_MANIFESTS))
        return whole[: rng.randrange(len(whole))] + text(rng)[:300]
    if way < 0.85:
        return rng.choice(_FIXED)
    return text(rng)
