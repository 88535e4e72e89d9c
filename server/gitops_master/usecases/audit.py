"""The trace that writes and refused writes leave: one line of JSON each."""

import logging

import msgspec

from gitops_master.model.printable import printable
from gitops_master.ports.writing import AuditLine

_LOG = logging.getLogger("gitops_master.audit")


def log_audit(line: AuditLine) -> None:
    """`ports.writing.Audit`, as warnings of the log `gitops_master.audit`: on stderr wherever logging goes there."""
    shown = {
        key: printable(value) if isinstance(value, str) else value
        for key, value in msgspec.structs.asdict(line).items()
    }
    _LOG.warning("%s", msgspec.json.encode(shown).decode())
