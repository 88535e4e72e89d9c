"""Resources and read_reference through the SDK's own client, in both protocol eras."""

import json
import subprocess
import sys
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.server import MCPServer
from mcp.types import TextResourceContents

from gitops_master import resources
from gitops_master.rules.registry import all_rules
from gitops_master.tools import read_reference
from gitops_master.usecases.reference_pages import INDEX, REFERENCES, RULE_LISTS

MODES = ["auto", "legacy"]
LISTED = [INDEX, *(one.uri for one in (*REFERENCES, *RULE_LISTS))]
MOST_TOKENS = 8000


@pytest.fixture(params=MODES)
def client(request: pytest.FixtureRequest) -> Client:
    server: MCPServer[Any] = MCPServer("references", tools=[read_reference.tool()])
    resources.register(server)
    return Client(server, mode=request.param)


async def text_of(client: Client, uri: str) -> str:
    contents = (await client.read_resource(uri)).contents
    assert [one.mime_type for one in contents] == ["text/markdown"]
    assert isinstance(contents[0], TextResourceContents)
    assert contents[0].uri == uri
    return contents[0].text


async def test_the_list_says_of_every_resource_what_it_is_for_whom_and_how_long(client: Client) -> None:
    async with client:
        listed = (await client.list_resources()).resources

        assert [one.uri for one in listed] == LISTED
        for one in listed:
            assert one.title
            assert one.description
            assert one.mime_type == "text/markdown"
            assert one.annotations is not None
            assert one.annotations.audience == ["user", "assistant"]
            assert one.annotations.priority is not None
            assert one.size == len((await text_of(client, one.uri)).encode())


async def test_the_index_comes_first_and_the_references_before_the_lists_of_rules(client: Client) -> None:
    async with client:
        listed = (await client.list_resources()).resources

    priorities = [one.annotations.priority for one in listed if one.annotations and one.annotations.priority]
    assert priorities == sorted(priorities, reverse=True)


async def test_templates_lead_to_every_reference_and_rule(client: Client) -> None:
    async with client:
        templates = {one.uri_template: one for one in (await client.list_resource_templates()).resource_templates}

        assert set(templates) == {"gitops://references/{name}", "gitops://rules/{id}"}
        assert all(one.title and one.description and one.mime_type == "text/markdown" for one in templates.values())


async def test_every_uri_that_a_finding_can_carry_is_a_page(client: Client) -> None:
    async with client:
        for rule in all_rules():
            text = await text_of(client, f"gitops://rules/{rule.id}")

            assert text.startswith(f"# {rule.id}\n\n{rule.title}.")


async def test_every_uri_in_the_index_can_be_read(client: Client) -> None:
    async with client:
        index = await text_of(client, INDEX)

        for one in (*REFERENCES, *RULE_LISTS):
            assert f"[{one.name}]({one.uri}): {one.about}" in index
            await text_of(client, one.uri)


async def test_links_between_pages_of_rules_can_be_followed(client: Client) -> None:
    async with client:
        text = await text_of(client, "gitops://rules/index")

        assert "[crd-not-installed](gitops://rules/crd-not-installed)" in text
        assert "[messages](gitops://rules/messages)" in text
        assert ".md)" not in text


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("gitops://rules/crd-not-instaled", ["did you mean 'crd-not-installed'"]),
        ("gitops://rules/soak", ["did you mean", "'waiting-for-soak-time'"]),
        ("gitops://references/kargo", ["did you mean 'kargo-setup', 'kargo-state-machine'", "argocd-troubleshooting"]),
        ("gitops://references/zzz", ["no reference or rule", "References: kargo-state-machine"]),
        ("gitops://rules/..%2F..%2Fpyproject", []),
        ("gitops://nothing", []),
    ],
)
async def test_an_unknown_uri_is_an_error_that_names_near_ones(client: Client, uri: str, words: list[str]) -> None:
    async with client:
        with pytest.raises(MCPError) as raised:
            await client.read_resource(uri)

    assert raised.value.code == -32602
    for word in words:
        assert word in str(raised.value)


async def call(client: Client, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool("read_reference", arguments)
    assert not result.is_error, result.content
    answer: dict[str, Any] = result.structured_content or {}
    assert result.content[0].text == answer["report"]  # type: ignore[union-attr]
    return answer


async def test_the_tool_reads_what_the_resource_reads(client: Client) -> None:
    async with client:
        answer = await call(client, name="gitops://rules/crd-not-installed")

    assert (answer["uri"], answer["part"], answer["parts"]) == ("gitops://rules/crd-not-installed", 1, 1)
    assert answer["report"].startswith("# crd-not-installed\n")
    assert "next" not in answer


async def test_without_a_name_the_tool_lists_what_there_is(client: Client) -> None:
    async with client:
        answer = await call(client)

    assert answer["uri"] == INDEX
    assert all(one.uri in answer["report"] for one in REFERENCES)


@pytest.mark.parametrize("name", ["messages", "rules", *(one.name for one in REFERENCES)])
async def test_a_long_page_comes_in_parts_that_lack_nothing(client: Client, name: str) -> None:
    async with client:
        first = await call(client, name=name)
        parts = [first] + [await call(client, name=name, part=number) for number in range(2, first["parts"] + 1)]
        whole = await text_of(client, first["uri"])

    assert [one.get("next", "") for one in parts] == [*(f"part {at}" for at in range(2, len(parts) + 1)), ""]
    together = "\n".join(one["report"] for one in parts)
    assert [line for line in whole.splitlines() if line not in together] == []
    # A token of such text, full of names, is about three characters.
    assert max(len(json.dumps(one, ensure_ascii=False)) for one in parts) <= 3 * MOST_TOKENS


async def test_a_section_alone_can_be_read(client: Client) -> None:
    async with client:
        answer = await call(client, name="rules", section="Verification")

    assert answer["section"] == "verification"
    assert answer["report"].startswith("## verification\n")
    assert "## warehouse" not in answer["report"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "kargo-state-machin"}, ["did you mean 'kargo-state-machine'"]),
        ({"name": "rules", "section": "verfication"}, ["no section 'verfication'", "did you mean 'verification'"]),
        ({"name": "crd-not-installed", "part": 7}, ["no part 7", "it has 1"]),
    ],
)
async def test_what_cannot_be_read_is_an_error_that_names_what_can(
    client: Client, arguments: dict[str, Any], words: list[str]
) -> None:
    async with client:
        result = await client.call_tool("read_reference", arguments)

    assert result.is_error
    for word in words:
        assert word in result.content[0].text  # type: ignore[union-attr]


async def test_the_tool_says_that_it_only_reads(client: Client) -> None:
    async with client:
        tool = (await client.list_tools()).tools[0]

    assert tool.title
    assert tool.description is not None
    assert "Never changes anything" in tool.description
    assert tool.annotations is not None
    assert (tool.annotations.read_only_hint, tool.annotations.destructive_hint) == (True, False)
    assert tool.output_schema is not None
    assert tool.input_schema["additionalProperties"] is False


def test_putting_the_server_together_reads_no_page_and_loads_no_rule() -> None:
    program = (
        "import sys; from mcp.server import MCPServer; from gitops_master import content, resources;"
        "from gitops_master.tools import read_reference;"
        "resources.register(MCPServer('x', tools=[read_reference.tool()]));"
        "assert content.folder.cache_info().currsize == 0;"
        "assert 'gitops_master.rules.registry' not in sys.modules, 'rules'"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stderr
