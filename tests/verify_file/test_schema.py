"""The schema, the page and the shipped presets: what they say is what loading does."""

import copy
import importlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitops_master import verify_file
from gitops_master.model import expectations
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.expectations import Expectations, ExpectationsFile
from gitops_master.verify_file import expected_of
from gitops_master.verify_file.presets import shipped
from tests.live.upstream import definitions
from tools import expectations_page
from tools.docs import generated

VALIDATOR: Any = importlib.import_module("jsonschema").Draft202012Validator  # it comes without types
PAGE = expectations_page.PAGE.read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
WHOLE: dict[str, Any] = {
    "version": 1,
    "defaults": {"presets": ["kargo"], "http": True, "proxy": False, "crds": ["a.b"], "webhooks": ["a-*"]},
    "presets": {"mine": {"argocd": True, "kargo": True, "customResources": ["a.b/Kind"]}},
    "stages": {
        "shop/prod": {
            "secretKeys": True,
            "hosts": {
                "a.b": {"auth": "spa", "path": "/x", "status": [200], "tls": True, "port": 443, "tlsWarnDays": 1}
            },
            "services": {"x/api": {"path": "/h", "port": "http", "optional": ["mail"]}, "web": {"port": 80}},
            "workloads": [{"namespace": "x", "labels": {"a": "b"}, "names": ["a*"], "kind": "Deployment"}],
            "secrets": [{"name": "s", "keys": ["k"]}],
            "prometheus": {"service": "m/p:9090", "queries": [{"query": "up", "expect": "> 0"}], "jobs": ["j"]},
            "loki": {"url": "https://l.example.com", "header": "X-Key", "tenant": "t"},
            "grafana": {"dataSources": ["u"]},
            "alertmanager": None,
        }
    },
}


def is_loaded(data: Any) -> bool:
    try:
        verify_file.parse(json.dumps(data).encode())
    except UnreadableInput:
        return False
    return True


def test_a_file_with_every_kind_of_key_is_loaded_and_valid() -> None:
    VALIDATOR.check_schema(verify_file.schema())

    assert is_loaded(WHOLE)
    assert VALIDATOR(verify_file.schema()).is_valid(WHOLE)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_page_is_loaded_and_valid(text: str) -> None:
    said = verify_file.parse(text.encode())

    assert said
    assert VALIDATOR(verify_file.schema()).is_valid(said)


def _places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [at, *(place for key, value in inner for place in _places(value, (*at, key)))]


_PLACES = _places(WHOLE)
_ODD = st.sampled_from(
    [
        None,
        True,
        False,
        0,
        -1,
        7,
        70000,
        1.5,
        "",
        "x",
        "X y",
        "/a/../b",
        "a.b/Kind",
        "a/b:1",
        "http://u@h",
        [],
        [1],
        ["x"],
        {},
        {"x": 1},
    ]
)


@given(st.sampled_from(_PLACES), _ODD, st.booleans())
def test_what_loading_refuses_the_schema_refuses_and_the_reverse(
    place: tuple[Any, ...], odd: Any, is_new: bool
) -> None:
    data = copy.deepcopy(WHOLE)
    holder = data
    for key in place[:-1]:
        holder = holder[key]
    if is_new and isinstance(holder, dict):
        holder["unheardOf"] = odd
    elif place:
        holder[place[-1]] = odd
    names = [name for one in _presets(data) for name in one]
    if any(name not in shipped() and name != "mine" for name in names if isinstance(name, str)):
        return  # that such a preset exists is no matter of form

    assert is_loaded(data) == VALIDATOR(verify_file.schema()).is_valid(data)


def _presets(data: Any) -> list[list[Any]]:
    if isinstance(data, dict):
        own = [data["presets"]] if isinstance(data.get("presets"), list) else []
        return own + [found for value in data.values() for found in _presets(value)]
    return []


def test_every_key_is_described_on_the_page_and_in_the_schema() -> None:
    structs = {name for name, one in vars(expectations).items() if _is_shown(one)}

    assert expectations_page.shown_structs(PAGE) == structs
    assert generated()[expectations_page.PAGE] == PAGE
    for part in verify_file.schema()["$defs"].values():
        assert all("description" in one for one in part["properties"].values())


def _is_shown(one: Any) -> bool:
    return isinstance(one, type) and issubclass(one, msgspec.Struct) and not one.__name__.startswith("_")


def test_the_written_schema_is_the_one_of_the_code() -> None:
    path = Path(__file__).parents[2] / "docs" / "gitops-verify.schema.json"

    assert path.read_text() == generated()[path]


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_preset_asks_for_nothing_that_needs_trust(name: str) -> None:
    content = f"defaults: {{presets: [{name}]}}".encode()
    file = verify_file.VerifyFile(Path("f"), content, verify_file.parse(content))

    assert expected_of(file, project="p", trusted=False) == msgspec.structs.replace(
        expected_of(file, project="p", trusted=True), trusted=False
    )
    assert expected_of(file, project="p").expectations != Expectations()


def test_presets_name_resources_that_the_products_define() -> None:
    """Held to the products' own CRDs, where they lie on this machine."""
    defined = {one["metadata"]["name"] for one in definitions()}
    if not defined:
        pytest.skip("GITOPS_MASTER_UPSTREAM names no folder with CRDs of Kargo, Argo CD and Argo Rollouts")

    named = {crd for name in ("argo-cd", "kargo", "argo-rollouts") for crd in shipped()[name]["crds"]}

    assert named - defined == set()


def test_the_three_matrices_are_shipped() -> None:
    assert {"foundation", "operators", "monitoring"} <= set(shipped())


def test_the_file_struct_has_the_keys_that_are_read() -> None:
    assert ExpectationsFile.__struct_encode_fields__ == ("version", "defaults", "presets", "stages")


@pytest.mark.parametrize(
    ("header", "variable"),
    [("Authorization", "GITOPS_MASTER_VERIFY_AUTHORIZATION"), ("X-Api-Key", "GITOPS_MASTER_VERIFY_X_API_KEY")],
)
def test_the_value_of_a_header_stands_in_the_environment(header: str, variable: str) -> None:
    assert expectations.secret_variable(header) == variable
    assert variable.removeprefix(expectations.SECRET_VARIABLE)
