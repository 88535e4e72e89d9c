"""What was captured, as text."""

import shlex
from collections.abc import Iterator

from gitops_master.usecases.analyze_stage import AnalyzeRequest
from gitops_master.usecases.capture import Captured

_UNITS = ((1024 * 1024, "MiB"), (1024, "KiB"))


def capture_report(captured: Captured, request: AnalyzeRequest) -> str:
    """What is in the archive, what was taken out, and what to do with it: look first, then share."""
    return "\n".join(_lines(captured, request))


def _lines(captured: Captured, request: AnalyzeRequest) -> Iterator[str]:
    written, diagnosis = captured.written, captured.diagnosis
    path = shlex.quote(str(written.path))
    objects = sum(written.objects.values())
    yield f"Written: {written.path}"
    yield f"Holds: {_count(objects, 'object')} of {_count(len(written.objects), 'kind')}, {_count(written.logs, 'log')}, {_size(written.bytes)}"
    yield f"Diagnosis: {diagnosis.verdict.value}" + (f" [{diagnosis.root_cause.id}]" if diagnosis.root_cause else "")
    if captured.gaps:
        yield f"Not read: {_count(captured.gaps, 'gap')}, listed in its snapshot.yaml"
    if written.left_out:
        yield f"Left out: {'; '.join(written.left_out[:5])}: no file can be called so"
    taken = ", ".join(f"{count} {sort}" for sort, count in written.redacted.items())
    yield f"Redacted: {taken or 'nothing was found that looks secret'}; Secrets are never more than their metadata"
    yield ""
    yield "Names, addresses, commit messages and log lines are in it, and a secret that does not look like one may be. Look before you share it:"
    yield f"  tar -xOzf {path} | less"
    yield "It gives the same diagnosis wherever it is:"
    yield f"  gitops-master analyze {_arguments(request)}--snapshot {path}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    return next((f"{number / unit:.1f} {name}" for unit, name in _UNITS if number >= unit), f"{number} bytes")


def _arguments(request: AnalyzeRequest) -> str:
    given = [shlex.quote(request.stage)] if request.stage else []
    for name in ("project", "app", "warehouse", "freight", "symptom"):
        value = getattr(request, name)
        given += [f"--{name}", shlex.quote(value)] if value else []
    return "".join(f"{one} " for one in given)
