"""Logs of a server that nobody watches: one JSON object a line, on stderr, without credentials."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

from gitops_master.model.printable import printable

AUDIT = "gitops_master.audit"
_MOST = 8000
"""Characters of a message or a trace."""


class JsonLines(logging.Formatter):
    """`extra={"fields": {…}}` of a record stands beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "message": printable(record.getMessage())[:_MOST],
        }
        line.update(getattr(record, "fields", {}))
        if record.name == AUDIT:  # a line of JSON itself, whose values are fit to be shown
            line.update(message="audit", audit=msgspec.Raw(record.getMessage().encode()))
        if record.exc_info:
            line["trace"] = printable(self.formatException(record.exc_info))[-_MOST:]
        return msgspec.json.encode(line).decode()


def log_in_json() -> None:
    """Calls and starts are told, too; of the libraries only what is wrong."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in ("gitops_master.http", "gitops_master.calls"):
        logging.getLogger(name).setLevel(logging.INFO)
    # What strangers send is counted, not logged line by line.
    for name in ("uvicorn.error", "mcp.server.transport_security", "mcp.server.streamable_http_manager"):
        logging.getLogger(name).setLevel(logging.ERROR)
