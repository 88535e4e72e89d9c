"""The table that kubectl prints, read back as the metadata that its rows were made of."""

from typing import Any

import msgspec

from gitops_master.adapters.kubectl_command.calls import Table

_META = "meta.k8s.io/v1"


def metadata_json(printed: bytes, table: Table) -> bytes:
    """A PartialObjectMetadataList (or PartialObjectMetadata) as JSON: name, namespace, labels, and the type of Secrets.

    Raises ValueError where the table has not the columns that were asked for. A type that has spaces in it is cut at the first;
    names and labels have none.
    """
    lines = [line.split() for line in printed.decode(errors="replace").splitlines() if line.strip()]
    head = lines[0] if lines else ["NAME", "LABELS"]
    namespaced = head[0] == "NAMESPACE"
    if head[namespaced : namespaced + 1] != ["NAME"] or head[-1] != "LABELS":
        raise ValueError("kubectl printed no table of names and labels")
    typed = head[namespaced + 1] == "TYPE"
    items = [_item(row, table.namespace, namespaced, typed) for row in lines[1:]]
    if not table.one:
        return msgspec.json.encode(
            {"apiVersion": _META, "kind": "PartialObjectMetadataList", "metadata": {}, "items": items}
        )
    if len(items) != 1:
        raise ValueError(f"kubectl printed {len(items)} objects where one was asked for")
    return msgspec.json.encode(items[0])


def _item(row: list[str], namespace: str, namespaced: bool, typed: bool) -> dict[str, Any]:
    if len(row) < 2 + namespaced:
        raise ValueError("kubectl printed a row that is too short")
    metadata: dict[str, Any] = {"name": row[namespaced]}
    if namespaced or namespace:
        metadata["namespace"] = row[0] if namespaced else namespace
    if row[-1] != "<none>":
        metadata["labels"] = {key: value for key, _, value in (label.partition("=") for label in row[-1].split(","))}
    item = {"apiVersion": _META, "kind": "PartialObjectMetadata", "metadata": metadata}
    return {**item, "type": row[namespaced + 1]} if typed else item
