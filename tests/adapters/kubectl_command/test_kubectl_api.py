"""A cluster asked through kubectl, run here and behind a shell. kubectl is a script: it lies behind the process boundary."""

import json
import os
from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import Identity, kubectl_command, ssh_command
from gitops_master.model.errors import Unreachable
from gitops_master.ports.api import Reply, Request, Review
from tests.adapters.kubectl_command.far_side import FarSide, content, get

both_ways = pytest.mark.parametrize("way", ["near", "far"])


@pytest.fixture
def far(tmp_path: Path) -> FarSide:
    return FarSide(tmp_path)


@both_ways
async def test_replies_stand_in_the_order_of_their_requests(far: FarSide, way: str) -> None:
    api = far.answers().api(way)

    replies = await get(api, *(f"/api/v1/namespaces/n{number}" for number in range(20)))

    assert [content(reply)["path"] for reply in replies] == [f"/api/v1/namespaces/n{number}" for number in range(20)]
    assert list(far.temporary.iterdir()) == []


@both_ways
async def test_queries_are_encoded_and_lists_come_in_one_piece(far: FarSide, way: str) -> None:
    api = far.answers().api(way)
    selector = ("labelSelector", "a in (b,c),!d=&é")

    replies = await get(
        api,
        Request("/apis/kargo.akuity.io/v1alpha1/stages", (selector, ("limit", "500"), ("continue", "x")), pages=True),
        Request("/apis/kargo.akuity.io/v1alpha1/stages", (("limit", "1"), selector)),
    )

    encoded = "labelSelector=a%20in%20%28b%2Cc%29%2C%21d%3D%26%C3%A9"
    paths = [f"/apis/kargo.akuity.io/v1alpha1/stages?{query}" for query in (encoded, f"limit=1&{encoded}")]
    assert [content(reply)["path"] for reply in replies] == paths


@both_ways
async def test_answers_are_passed_on_byte_for_byte_and_warnings_do_not_matter(far: FarSide, way: str) -> None:
    body = bytes(range(256)) * 400 + b"\r\n\r\n"
    (far.home / "body").write_bytes(body)
    far.answers('echo "Warning: v1 is deprecated" >&2; cat "$HOME/body"')

    assert await get(far.api(way), "/api/v1/x", "/api/v1/y") == [Reply(200, (body,))] * 2


@both_ways
async def test_no_requests_run_no_command(far: FarSide, way: str) -> None:
    assert await get(far.answers().api(way)) == []
    assert far.asked() == []


@both_ways
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('Error from server (Forbidden): stages.kargo.akuity.io is forbidden: User "jane" cannot list resource "stages"', 403),
        ("Error from server (NotFound): the server could not find the requested resource", 404),
        ("error: You must be logged in to the server (the server has asked for the client to provide credentials)", 401),
        ("error: You must be logged in to the server (Unauthorized)", 401),
        ('error: the server doesn\'t have a resource type "stages"', 404),
        ("Error from server (Conflict): the object has been modified", 409),
        ("Error from server (Expired): The provided continue parameter is too old", 410),
        ("Error from server (TooManyRequests): the server has received too many requests", 429),
        ('Error from server (InternalError): an error on the server ("unknown") has prevented the request from succeeding', 500),
        ("Error from server: etcdserver: request timed out", 500),
        ("Error from server (ServiceUnavailable): the server is currently unable to handle the request", 503),
        ("Error from server (Timeout): the server was unable to return a response in the time allotted", 504),
        ("Error from server: the server responded with the status code 410 but did not return more information", 410),
        ("The request is invalid: : unknown", 422),
        ("Unable to connect to the server: dial tcp 10.0.0.1:443: i/o timeout", 0),
        ("The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?", 0),
        ("error: unexpected EOF", 0),
    ],
)  # fmt: skip
async def test_what_kubectl_says_of_a_failure_is_its_status_and_quoted(
    far: FarSide, way: str, said: str, status: int
) -> None:
    (far.home / "said").write_text(said)
    far.answers('case $path in /api) echo "{}";; *) printf half; cat "$HOME/said" >&2; exit 1;; esac')

    replies = await get(far.api(way), "/api", "/apis/kargo.akuity.io/v1alpha1/stages")

    assert replies == [Reply(200, (b"{}\n",)), Reply(status, problem=said)]


@both_ways
async def test_the_log_lines_of_client_go_are_left_out_where_kubectl_says_it_in_words(far: FarSide, way: str) -> None:
    said = "Unable to connect to the server: x509: certificate signed by unknown authority"
    logged = 'E1123 10:09:47.724495   20175 memcache.go:265] "Unhandled Error" err="x"'
    (far.home / "said").write_text(f"{logged}\n{logged}\n{said}\n")
    far.answers('cat "$HOME/said" >&2; exit 1')

    replies = await get(far.api(way), "/api")

    assert replies == [
        Reply(0, problem="Unable to connect to the server: x509: certificate signed by unknown authority")
    ]


@both_ways
@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ('error: context "prod" does not exist', "get-contexts"),
        ("Unable to connect to the server: getting credentials: exec: executable aws failed with exit code 255", "log in"),
        ("Please enter Username: error: EOF", "credentials"),
        ("The connection to the server localhost:8080 was refused - did you specify the right host or port?", "no kubeconfig"),
        ("Error: unknown flag: --raw", "arguments"),
    ],
)  # fmt: skip
async def test_where_nothing_can_be_asked_the_whole_cluster_is_unreachable(
    far: FarSide, way: str, said: str, hint: str
) -> None:
    (far.home / "said").write_text(said)
    far.answers('cat "$HOME/said" >&2; exit 1')

    with pytest.raises(Unreachable) as raised:
        await get(far.api(way), "/api", "/apis")

    assert said in raised.value.message
    assert hint in raised.value.hint


@both_ways
async def test_a_far_away_error_is_bounded_and_holds_nothing_that_a_terminal_obeys(far: FarSide, way: str) -> None:
    far.answers(
        """printf 'Error from server (Forbidden): \\033[31m\\007 token=abcdef123 ' >&2
        head -c 5000 /dev/zero | tr '\\0' x >&2; exit 1"""
    )

    (reply,) = await get(far.api(way), "/api")

    assert reply.status == 403
    assert len(reply.problem) <= 600
    assert reply.problem.isprintable()
    assert "abcdef123" not in reply.problem


@both_ways
async def test_an_answer_that_is_too_long_is_a_problem_and_the_others_stay(far: FarSide, way: str) -> None:
    far.answers("case $path in /api) head -c 2000000 /dev/zero;; *) echo '{}';; esac")

    replies = await get(far.api(way, max_body=1_000_000), "/api", "/apis")

    assert replies == [
        Reply(0, problem="the answer is longer than 1000000 bytes, so it was not read"),
        Reply(200, (b"{}\n",)),
    ]


@both_ways
async def test_the_path_of_the_servers_address_is_kept(far: FarSide, way: str) -> None:
    """`kubectl get --raw` drops it: seen with kubectl 1.32 and a server https://host/k8s/clusters/c1."""
    api = far.answers(server="https://rancher.example.com/k8s/clusters/c-m-1/").api(way)

    replies = [*(await get(api, "/api", "/apis")), *(await get(api, "/version"))]
    reviews = await api.review(Review.WHO_AM_I, [b"{}"], deadline_s=30)

    paths = [content(reply)["path"] for reply in [*replies, *reviews]]
    below = ["/api", "/apis", "/version", Review.WHO_AM_I]
    assert paths == [f"/k8s/clusters/c-m-1{path}" for path in below]


async def test_a_server_that_the_command_names_counts_more_than_the_kubeconfigs(far: FarSide) -> None:
    far.answers(server="https://rancher.example.com/k8s/clusters/c-m-1")
    api = far.api(kubectl_command("kubectl --server https://other.example.com/base"))

    assert [content(reply)["path"] for reply in await get(api, "/api")] == ["/base/api"]


@both_ways
async def test_context_and_identity_are_flags(far: FarSide, way: str) -> None:
    api = far.answers().api(way, Identity("prod", "shop", "jane", ("dev", "ops")))

    await get(api, "/api")

    assert far.asked() == [
        ["--context=prod", "--namespace=shop", "--as=jane", "--as-group=dev", "--as-group=ops", "get", "--raw=/api"]
    ]
    assert api.title == {"near": "kubectl, context prod", "far": "sh -c, context prod"}[way]


@both_ways
async def test_reviews_are_posted_with_their_bodies(far: FarSide, way: str) -> None:
    api = far.answers("cat").api(way)
    bodies = [b'{"a":"it\'s %s \\n $(id) !"}', '{\n  "b": "é"\n}'.encode()]

    replies = await api.review(Review.MAY_I, bodies, deadline_s=30)

    assert replies == [Reply(201, (bodies[0],)), Reply(201, (bodies[1].replace(b"\n", b" "),))]
    assert far.asked() == [["create", f"--raw={Review.MAY_I}", "-f", "-"]] * 2


@both_ways
@pytest.mark.parametrize(
    "path", ["/api/v1/a/../b", "/api/%2e%2e/b", "/api/a%2Fb", "/api//b", "api", "/a%0Ab", "/a%00", "/a%25", "/%ff"]
)
async def test_what_no_object_can_be_called_is_not_asked(far: FarSide, way: str, path: str) -> None:
    wrong, right = await get(far.answers().api(way), path, "/api")

    assert (wrong.status, right.status) == (400, 200)
    assert far.asked() == [["get", "--raw=/api"]]


SECRETS = """NAMESPACE   NAME   TYPE                DATA   AGE   LABELS
argocd      repo   Opaque              2      3d    argocd.argoproj.io/secret-type=repository,a=
shop        b      kubernetes.io/tls   2      3d    <none>
"""


@both_ways
async def test_of_secrets_only_a_table_of_metadata_is_asked_for(far: FarSide, way: str) -> None:
    (far.home / "table").write_text(SECRETS)
    api = far.answers('cat "$HOME/table"').api(way)
    query = (("labelSelector", "a!=b,c in (d)"), ("limit", "500"))

    (reply,) = await get(api, Request("/api/v1/secrets", query, metadata_only=True, pages=True))

    assert far.asked() == [["get", "secrets.v1.", "--show-labels", "--all-namespaces", "--selector=a!=b,c in (d)"]]
    read = content(reply)
    assert read["kind"] == "PartialObjectMetadataList"
    assert [(item["metadata"], item["type"]) for item in read["items"]] == [
        (
            {"name": "repo", "namespace": "argocd", "labels": {"argocd.argoproj.io/secret-type": "repository", "a": ""}},
            "Opaque",
        ),
        ({"name": "b", "namespace": "shop"}, "kubernetes.io/tls"),
    ]  # fmt: skip


@both_ways
async def test_metadata_of_one_namespace_and_of_one_object(far: FarSide, way: str) -> None:
    far.answers("printf 'NAME   SHARD   AGE   LABELS\\ndev            3d    a=b\\n'")
    stages = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages"

    some, one = await get(
        far.api(way), Request(stages, metadata_only=True), Request(f"{stages}/dev", metadata_only=True)
    )

    dev = {"name": "dev", "namespace": "shop", "labels": {"a": "b"}}
    assert [item["metadata"] for item in content(some)["items"]] == [dev]
    assert content(one)["metadata"] == dev
    assert "type" not in content(one)
    resource = "stages.v1alpha1.kargo.akuity.io"
    assert far.asked() == [
        ["get", resource, "--show-labels", "--namespace=shop"],
        ["get", f"{resource}/dev", "--show-labels", "--namespace=shop"],
    ]


@both_ways
async def test_no_secrets_is_an_empty_list_and_no_table_is_a_problem(far: FarSide, way: str) -> None:
    far.answers('case "$*" in *=empty*) echo "No resources found" >&2;; *) echo "Hello there";; esac')
    paths = [f"/api/v1/namespaces/{namespace}/secrets" for namespace in ("empty", "odd", "--all", "a;b")]

    replies = await get(far.api(way), *(Request(path, metadata_only=True) for path in paths))

    assert content(replies[0])["items"] == []
    assert [reply.status for reply in replies] == [200, 0, 400, 400]


async def test_many_requests_are_one_command_and_very_many_are_a_few(far: FarSide) -> None:
    far.answers()
    far.program("shell", '#!/bin/sh\necho x >>"$HOME/commands"\nexec sh -c "$1"\n')
    api = far.api(ssh_command("shell"))

    replies = await get(api, *(f"/api/v1/namespaces/n{number}" for number in range(130)))

    assert [content(reply)["path"] for reply in replies] == [f"/api/v1/namespaces/n{number}" for number in range(130)]
    assert (far.home / "commands").read_text() == "x\n" * 3


async def test_long_requests_are_shared_out_and_one_that_is_too_long_fails_alone(far: FarSide) -> None:
    api = far.answers("echo '{}'").api()
    long, longer = (("labelSelector", "a" * 40_000),), (("labelSelector", "'" * 50_000),)

    replies = await get(
        api, *[Request("/api/v1/pods", long)] * 5, Request("/api/v1/pods", longer), Request("/api", longer[:0])
    )

    assert [reply.status for reply in replies] == [200, 200, 200, 200, 200, 414, 200]


async def test_banners_and_a_terminal_on_the_way_do_not_matter(far: FarSide) -> None:
    far.answers('printf \'{\\n"a": "b\\\\r\\\\n"\\n}\\r\\n\'')
    far.program(
        "shell",
        "#!/bin/sh\nprintf 'Welcome to the bastion!\\r\\n\\033[1m> '\n{ sh -c \"$1\"; echo bye; } | sed 's/$/\\r/'\n",
    )

    (reply,) = await get(far.api(ssh_command("shell")), "/api")

    assert reply == Reply(200, (b'{\n"a": "b\\r\\n"\n}\r\n',))
    assert json.loads(reply.bodies[0]) == {"a": "b\r\n"}


async def test_of_a_connection_that_breaks_the_complete_answers_stay(far: FarSide) -> None:
    far.answers('case $path in /apis) cat "$HOME/go"; head -c 900000 /dev/zero;; *) echo "{}";; esac')
    far.program("shell", '#!/bin/sh\nexec sh -c "$1"\n')
    api = far.api(ssh_command("shell"))
    await get(api, "/api")
    os.mkfifo(far.home / "go")
    # The second answer is made once the first has been passed on, and then cut.
    pass_on = 'read -r head; echo "$head"; read -r body; echo "$body"; echo >"$HOME/go"; head -c 1000'
    far.program("shell", f'#!/bin/sh\nsh -c "$1" 2>/dev/null | {{ {pass_on}; }}; echo "Broken pipe" >&2; exit 255\n')

    replies = await get(api, "/api", "/apis")

    problem = "shell ended with exit code 255 before all had come: Broken pipe"
    assert replies == [Reply(200, (b"{}\n",)), Reply(0, problem=problem)]


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("jane@bastion: Permission denied (publickey,password).", "let a key or an agent log in"),
        ("Host key verification failed.", "host key becomes known"),
        ("ssh: Could not resolve hostname bastion: Name or service not known", "VPN"),
        ("jane@bastion's password: ", "let a key or an agent log in"),
        ("mise ERROR no task server:ssh found", "by hand"),
    ],
)  # fmt: skip
async def test_a_command_that_reaches_no_shell_says_why_and_what_to_do(far: FarSide, said: str, hint: str) -> None:
    (far.home / "said").write_text(said)
    # mise prints what it runs, which is our own script: no news to anyone.
    far.program("shell", '#!/bin/sh\nprintf "[run] $ %s\\n" "$1" >&2; cat "$HOME/said" >&2; exit 255\n')

    with pytest.raises(Unreachable) as raised:
        await get(far.api(ssh_command("SECRET=hunter2222 shell")), "/api")

    assert f"SECRET=… shell ended with exit code 255 without an answer: {said.strip()}" == raised.value.message
    assert hint in raised.value.hint


async def test_a_command_that_ends_in_no_shell_is_told_what_is_missing(far: FarSide) -> None:
    with pytest.raises(Unreachable, match="true ended with exit code 0 without an answer\nit has to end in a shell"):
        await get(far.api(ssh_command("true")), "/api")


@both_ways
async def test_a_program_that_does_not_exist_is_named(far: FarSide, way: str) -> None:
    command = {"near": kubectl_command("nosuch kubectl"), "far": ssh_command("nosuch bastion")}[way]

    with pytest.raises(Unreachable, match="there is no program 'nosuch'"):
        await get(far.api(command), "/api")


async def test_a_far_side_without_kubectl_says_so(far: FarSide) -> None:
    far.program("shell", '#!/bin/sh\nPATH=/nowhere exec /bin/sh -c "PATH=$HOME/path; $1"\n')
    (far.home / "path").mkdir()
    for name in ("sh", "mktemp", "rm", "wc", "cat", "tail"):
        (far.home / "path" / name).symlink_to(f"/bin/{name}")

    with pytest.raises(Unreachable) as raised:
        await get(far.api(ssh_command("shell")), "/api")

    assert "kubectl: not found" in raised.value.message or "command not found" in raised.value.message
    assert "is kubectl installed" in raised.value.hint


@both_ways
async def test_values_of_the_commands_environment_are_not_repeated(far: FarSide, way: str) -> None:
    far.answers('echo "Error from server (Forbidden): no $PROXY_LOGIN" >&2; exit 1')
    prefix = {
        "near": kubectl_command("PROXY_LOGIN=jane-hunter2 kubectl"),
        "far": ssh_command("PROXY_LOGIN=jane-hunter2 sh -c"),
    }

    assert await get(far.api(prefix[way]), "/api") == [Reply(403, problem="Error from server (Forbidden): no ***")]
