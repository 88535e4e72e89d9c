"""What is captured holds no secret: canaries in every field of every kind, in logs and in what could not be read."""

import gzip
import json
import tempfile
import time
import types
import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitops_master.adapters.capture import Archive
from gitops_master.adapters.capture.names import READ_SETTINGS, looks_secret
from gitops_master.adapters.capture.plain import head
from gitops_master.adapters.capture.redaction import Redactor
from gitops_master.adapters.capture.texts import without_credentials
from gitops_master.adapters.decode import decoded, without_values
from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Object
from gitops_master.model.registry import TYPES
from gitops_master.model.snapshot import Gap, Log, LogKey, Place, Snapshot
from gitops_master.ports.cluster import Focus

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KINDS = [*sorted(TYPES), "example.com/Widget"]
SHAPES = [
    "https://bot:{}@git.example.com/app.git",
    "https://ghp_{}@git.example.com/app.git",
    "ghp_{}",
    "glpat-{}",
    "xoxb-{}",
    "Authorization: Bearer {}",
    "Authorization: token {}",
    "Basic {}",
    "eyJ{0}.{0}.{0}",
    "password={}&page=2",
    "DB_PASSWORD={}",
    "X-Vault-Token: {}",
    "Cookie: {}",
    "curl --token {}",
    '{{"client_secret": "{}"}}',
    "https://hooks.slack.com/services/T01/B02/{}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\n{}",
    "ghp_\x1b[1m{}",
]
CORES = st.text(alphabet="abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=36, max_size=40)


def full(type_: Any, text: str) -> Any:
    """A plain value of the type with every field there, each text and each key of a free mapping being `text`."""
    origin, inner = typing.get_origin(type_), typing.get_args(type_)
    if origin is typing.Annotated:
        return full(inner[0], text)
    if origin in (typing.Union, types.UnionType):
        return full(next((one for one in inner if one in (str, Any)), inner[0]), text)
    if origin is tuple:
        return [full(inner[0], text)]
    if origin is dict:
        return {text: full(inner[1], text), "some-key": full(inner[1], text)}
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        fields = {one.encode_name: full(one.type, text) for one in msgspec.structs.fields(type_)}
        return {**fields, "notModelled": text, "managedFields": [{"manager": text}]}
    plain: dict[Any, Any] = {str: text, int: 1, bool: True, datetime: "2026-11-23T03:00:00Z"}
    return plain.get(type_, {text: [text, {"deep": text}], "args": ["--flag", text]})


def whole(kind: str, text: str) -> Object:
    """An object of that kind as it comes off the wire, full of the text."""
    plain = full(TYPES.get(kind, CustomResource), text)
    plain |= {"apiVersion": "example.com/v1", "kind": kind.rpartition("/")[2], "data": {"key": text, text: text}}
    if kind == "v1/Secret":
        without_values(plain)
    found, gaps = decoded(plain, kind, "test")
    assert found is not None, kind
    assert not gaps, gaps
    return found


def archived(*objects: Object, logs: dict[LogKey, Log] | None = None, **known: Any) -> str:
    """Everything that an archive of the objects holds, as one text."""
    snapshot = Snapshot(objects, source="test", observed_at=NOW, logs=logs, **known)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.tar.gz")
        Archive(path).write(snapshot, Focus())
        return gzip.decompress(path.read_bytes()).decode()


def redacted(kind: str, **fields: Any) -> dict[str, Any]:
    plain = {"metadata": {"name": "x", "namespace": "demo"}, **fields}
    found, gaps = decoded(plain, kind, "test")
    assert found is not None
    assert not gaps
    return Redactor().object(found)


@settings(deadline=None, max_examples=150)
@given(
    kind=st.sampled_from(KINDS),
    shape=st.sampled_from(SHAPES),
    core=CORES,
    around=st.sampled_from(["", "a: ", "\n", "\t"]),
)
def test_no_credential_in_any_field_of_any_kind_is_kept(kind: str, shape: str, core: str, around: str) -> None:
    assert core not in archived(whole(kind, around + shape.format(core) + "\n"))


SECRET_NAMES = st.sampled_from(
    ["password", "apiToken", "client-secret", "DB_PASSWORD", "accessKey", "auth", "Cookie", "pgpassword"]
)
WRAPPED = st.recursive(
    st.just("CANARY"),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=2)
        | st.dictionaries(st.sampled_from(["name", "key", "value", "url", "x"]), inner, min_size=1, max_size=3)
    ),
    max_leaves=4,
)


def _around(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    pairs = st.tuples(st.sampled_from(["name", "key"]), SECRET_NAMES, inner)
    return (
        st.tuples(SECRET_NAMES, inner).map(lambda drawn: {drawn[0]: drawn[1]})
        | pairs.map(lambda drawn: {drawn[0]: drawn[1], "value": drawn[2]})
        | inner.map(lambda held: {"headers": [{"name": "X-Any", "value": held}]})
    )


@settings(deadline=None, max_examples=150)
@given(named=_around(WRAPPED), depth=st.lists(st.sampled_from(["list", "config", "steps"]), max_size=4))
def test_whatever_is_below_a_secret_name_is_taken_out(named: Any, depth: list[str]) -> None:
    for one in depth:
        named = [named] if one == "list" else {one: named}

    told = redacted("kargo.akuity.io/Promotion", spec={"steps": [{"uses": "http", "config": {"x": named}}]})

    assert "CANARY" not in json.dumps(told)


@pytest.mark.parametrize(
    "text", ["-", "x-", "--a", "A_", '"a.', "://a:", "\x1b[1m", "-----BEGIN PRIVATE KEY-----", "authorization: "]
)
def test_no_text_takes_the_patterns_long(text: str) -> None:
    """Two times the text takes no more than about twice as long, whatever it is."""
    spent = []
    for times in (20_000, 40_000):
        began = time.process_time()
        without_credentials(text * times)
        spent.append(time.process_time() - began)

    assert spent[1] < 4 * spent[0] + 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_fields_that_no_rule_reads_are_not_kept(kind: str) -> None:
    plain = full(TYPES.get(kind, CustomResource), "harmless")
    marked = json.loads(json.dumps(plain).replace('"notModelled": "harmless"', '"notModelled": "CANARY"'))
    found, _ = decoded({**marked, "apiVersion": "v1", "kind": "K"}, kind, "test")

    assert found is not None
    assert "CANARY" not in archived(found)


@pytest.mark.parametrize("shape", SHAPES)
def test_no_credential_in_logs_and_gaps_is_kept(shape: str) -> None:
    core = "a1B2" * 9
    key = LogKey("ns", "pod", "main")
    text = shape.format(core)

    held = archived(
        logs={key: Log(key, ("before", *text.split("\n"), "after"))},
        gaps=[Gap("v1/Pod", text, text, text)],
        places=frozenset({Place("v1/Pod", text, text)}),
    )

    assert core not in held
    assert "before" in held


NAMED: dict[str, tuple[str, dict[str, Any]]] = {
    "an environment variable": (
        "v1/Pod",
        {"spec": {"containers": [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": "CANARY"}]}]}},
    ),
    "a key in the environment": (
        "v1/Pod",
        {"spec": {"containers": [{"name": "c", "env": [{"name": "SIGNING_KEY", "value": "CANARY"}]}]}},
    ),
    "an argument": ("v1/Pod", {"spec": {"containers": [{"name": "c", "args": ["--token", "CANARY"]}]}}),
    "an argument in one": ("v1/Pod", {"spec": {"containers": [{"name": "c", "args": ["--api-key=CANARY"]}]}}),
    "a ConfigMap": ("v1/ConfigMap", {"data": {"settings.yaml": "CANARY"}}),
    "an annotation": ("v1/Pod", {"metadata": {"name": "x", "annotations": {"example.com/note": "CANARY"}}}),
    "a last-applied configuration": (
        "apps/Deployment",
        {
            "metadata": {
                "name": "x",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"spec": {"x": "CANARY"}}'},
            }
        },
    ),
    "an output": ("kargo.akuity.io/Promotion", {"status": {"state": {"step-1": {"body": {"x": ["CANARY"]}}}}}),
    "a step's header": (
        "kargo.akuity.io/Promotion",
        {"spec": {"steps": [{"config": {"headers": [{"name": "X-Custom", "value": "CANARY"}]}}]}},
    ),
    "a step's setting": ("kargo.akuity.io/Promotion", {"spec": {"steps": [{"config": {"auth": {"user": "CANARY"}}}]}}),
    "a variable": ("kargo.akuity.io/Promotion", {"spec": {"vars": [{"name": "apiToken", "value": "CANARY"}]}}),
    "a metric's header": (
        "argoproj.io/AnalysisRun",
        {"spec": {"metrics": [{"provider": {"web": {"headers": [{"key": "Authorization", "value": "CANARY"}]}}}]}},
    ),
    "an argument from a Secret": (
        "argoproj.io/AnalysisRun",
        {"spec": {"args": [{"name": "x", "value": "CANARY", "valueFrom": {"secretKeyRef": {"name": "s"}}}]}},
    ),
    "a Job's environment": (
        "argoproj.io/AnalysisTemplate",
        {"spec": {"metrics": [{"provider": {"job": {"env": [{"name": "API_TOKEN", "value": "CANARY"}]}}}]}},
    ),
    "a receiver's path": (
        "kargo.akuity.io/ProjectConfig",
        {"status": {"webhookReceivers": [{"url": f"https://kargo/webhooks/github/{'0a1b' * 16}"}]}},
    ),
}


@pytest.mark.parametrize("where", NAMED)
def test_what_is_called_a_secret_is_taken_out_whatever_it_looks_like(where: str) -> None:
    kind, fields = NAMED[where]

    told = json.dumps(redacted(kind, **fields))

    assert "CANARY" not in told
    assert "0a1b" not in told


def test_what_rules_read_stays() -> None:
    pod = redacted(
        "v1/Pod",
        spec={
            "containers": [
                {
                    "name": "c",
                    "args": ["--instance-id", "blue", "--token-file=/run/token"],
                    "env": [
                        {"name": "SHARD_NAME", "value": "eu"},
                        {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/t"},
                    ],
                }
            ]
        },
    )
    settings_ = redacted(
        "v1/ConfigMap", data={"application.namespaces": "a,b", "ADMIN_ACCOUNT_TOKEN_ISSUER": "https://k"}
    )
    promotion = redacted(
        "kargo.akuity.io/Promotion",
        spec={"vars": [{"name": "token", "value": "${{ secret('git').token }}"}]},
        status={"state": {"push": {"commit": "abc", "pr": {"id": 7, "open": True}}}},
    )

    assert pod["spec"]["containers"][0]["args"] == ["--instance-id", "blue", "--token-file=/run/token"]
    assert [one["value"] for one in pod["spec"]["containers"][0]["env"]] == ["eu", "/t"]
    assert set(settings_["data"].values()) == {"a,b", "https://k"}
    assert promotion["spec"]["vars"][0]["value"] == "${{ secret('git').token }}"
    assert promotion["status"]["state"] == {"push": {"commit": "abc", "pr": {"id": 7, "open": True}}}


def test_of_what_was_last_applied_the_images_and_the_promotion_policies_stay() -> None:
    applied = {
        "spec": {
            "promotionPolicies": [{"stage": "dev"}],
            "template": {
                "spec": {"containers": [{"name": "c", "image": "app:1", "env": [{"name": "X", "value": "CANARY"}]}]}
            },
        }
    }
    name = "kubectl.kubernetes.io/last-applied-configuration"

    one = redacted("apps/Deployment", metadata={"name": "x", "annotations": {name: json.dumps(applied)}})

    assert json.loads(one["metadata"]["annotations"][name]) == {
        "spec": {
            "promotionPolicies": [{"stage": "dev"}],
            "template": {"spec": {"containers": [{"name": "c", "image": "app:1"}]}},
        }
    }


def test_every_setting_that_rules_read_is_known() -> None:
    """What `env(pod, NAME)` and `.data.get(KEY)` ask for in rules and facts is never hidden."""
    root = Path(__file__).parents[2] / "server" / "gitops_master"
    code = "".join(path.read_text() for part in ("facts", "rules") for path in sorted((root / part).rglob("*.py")))
    asked = [name for name in READ_SETTINGS if f'"{name}"' not in code]

    assert not asked, "no longer read; take it off the list"


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        *((name, True) for name in ("DB_PASSWORD", "apiKey", "X-Auth-Token", "sessionId", "PGPASS", "private_key", "clientSecret")),
        *((name, True) for name in ("DATABASE_DSN", "SLACK_WEBHOOK_URL", "GITHUB_PAT", "AWS_SECRET_ACCESS_KEY", "credentials")),
        *((name, False) for name in ("key", "image.tag", "secretName", "tokenFile", "secretKeyRef", "author", "repoURL", "path")),
    ],
)  # fmt: skip
def test_names_that_look_secret(name: str, is_secret: bool) -> None:
    assert looks_secret(name) is is_secret


def test_every_kind_is_written_as_the_reader_names_it() -> None:
    for kind in TYPES:
        told = head(TYPES[kind]())
        group = told["apiVersion"].rpartition("/")[0]
        assert f"{group or 'v1'}/{told['kind']}" == kind
