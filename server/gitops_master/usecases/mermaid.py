"""A graph as a Mermaid flowchart: text only. Ids are ours, labels are escaped, its size is bounded."""

import re
from collections.abc import Iterable, Sequence

from gitops_master.model.state import StageLine, Standing, WarehouseLine, left_out
from gitops_master.usecases.graph import Edge, Graph, Key, NodeKind

MOST_NODES, MOST_SOURCES = 120, 30
MOST_EDGES = 300
"""Mermaid itself refuses more than 500 edges and 50,000 characters (maxEdges, maxTextSize)."""

MOST_LABEL = 40

STYLES = {
    "broken": "fill:#fde2e1,stroke:#c0362c,color:#5c1a15",
    "promoting": "fill:#dcecfb,stroke:#1f6fb2,color:#123a5c",
    "waiting": "fill:#fdf3d3,stroke:#b58900,color:#5a4500",
    "unknown": "fill:#eeeeee,stroke:#777777,color:#333333,stroke-dasharray:4 3",
    "fine": "fill:#e0f3e2,stroke:#2e8540,color:#17421f",
    "missing": "fill:#ffffff,stroke:#c0362c,color:#c0362c,stroke-dasharray:4 3",
}

_LIST = re.compile(r"^(\d*)([-+*.])(?= )")
"""The start of a list, which Mermaid 11 answers with "Unsupported markdown: list"."""

# A label is parsed as Markdown, HTML and entities; `%%{` starts a directive wherever it stands.
_ESCAPES = {char: f"#{ord(char)};" for char in '#"&<>`%{}|\\'}


def flowchart(graph: Graph, stages: Sequence[StageLine], warehouses: Sequence[WarehouseLine]) -> tuple[str, str]:
    """(the diagram, what was left out of it). Where not all fits, the first lines are drawn: problems come first."""
    by_key: dict[Key, StageLine | WarehouseLine] = {Key(NodeKind.STAGE, one.name): one for one in stages}
    by_key |= {Key(NodeKind.WAREHOUSE, one.name): one for one in warehouses}
    sources = [key for key in by_key if key.kind is NodeKind.WAREHOUSE]
    targets = [key for key in by_key if key.kind is NodeKind.STAGE]
    chosen = set([*sources[:MOST_SOURCES], *list(graph.absent)[:MOST_SOURCES], *targets][:MOST_NODES])
    drawn = [key for key in graph.order if key in chosen]
    ids = _ids(graph.nodes)
    edges = [one for one in graph.edges if one.source in chosen and one.target in chosen]
    several = _fed_by_several(graph.edges)
    text = [
        "flowchart LR",
        *(f"  {_node(ids[key], key, by_key.get(key), graph)}" for key in drawn),
        *(f"  {ids[one.source]} -->{_edge_label(one, several)} {ids[one.target]}" for one in edges[:MOST_EDGES]),
        *_classes(key_class(by_key.get(key), graph, key) for key in drawn),
    ]
    nodes, more = len(graph.nodes) - len(drawn), len(graph.edges) - len(edges[:MOST_EDGES])
    undrawn = " and ".join(part for part in (left_out(nodes, "nodes"), left_out(more, "edges")) if part)
    return "\n".join(text) + "\n", f"{undrawn} not drawn in the diagram" if undrawn else ""


def _ids(nodes: Iterable[Key]) -> dict[Key, str]:
    """Ids that no name can turn into a keyword such as `end`."""
    return {
        key: f"{'w' if key.kind is NodeKind.WAREHOUSE else 's'}{number}" for number, key in enumerate(nodes, start=1)
    }


def _node(id_: str, key: Key, line: StageLine | WarehouseLine | None, graph: Graph) -> str:
    text = escaped(key.name)
    if line is None:
        text += "<br/>does not exist" if graph.absent.get(key) else "<br/>not read"
    elif isinstance(line, StageLine) and line.holds:
        text += "<br/>" + escaped(", ".join(line.holds))
    left, right = _shape(key, line)
    return f'{id_}{left}"{text}"{right}:::{key_class(line, graph, key)}'


def _shape(key: Key, line: StageLine | WarehouseLine | None) -> tuple[str, str]:
    if key.kind is NodeKind.WAREHOUSE:
        return "[(", ")]"
    return ("{{", "}}") if isinstance(line, StageLine) and line.kind else ("[", "]")


def key_class(line: StageLine | WarehouseLine | None, graph: Graph, key: Key) -> str:
    """The CSS class of a node: its standing, or `missing` for what certainly does not exist."""
    if line is not None:
        return line.standing.value
    return "missing" if graph.absent.get(key) else Standing.UNKNOWN.value


def _fed_by_several(edges: Iterable[Edge]) -> set[Key]:
    """Stages that want Freight of several Warehouses: only their edges need to say which."""
    origins: dict[Key, set[str]] = {}
    for edge in edges:
        origins.setdefault(edge.target, set()).update(edge.origins)
    return {key for key, names in origins.items() if len(names) > 1}


def _edge_label(edge: Edge, several: set[Key]) -> str:
    from_stage = edge.source.kind is NodeKind.STAGE and edge.target in several
    parts = [", ".join(edge.origins) if from_stage else "", f"soak {edge.soak}" if edge.soak else ""]
    text = escaped("; ".join(part for part in parts if part))
    return f'|"{text}"|' if text else ""


def _classes(used: Iterable[str]) -> list[str]:
    names = set(used)
    return [f"  classDef {name} {style}" for name, style in STYLES.items() if name in names]


def escaped(text: str) -> str:
    """Text as a label: one line, cut, without a character that Mermaid, Markdown or HTML would take for its own."""
    joined = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    cut = joined if len(joined) <= MOST_LABEL else joined[: MOST_LABEL - 1].rstrip() + "…"
    safe = "".join(_ESCAPES.get(char, char) for char in cut)
    return _LIST.sub(lambda found: f"{found[1]}#{ord(found[2])};", safe)
