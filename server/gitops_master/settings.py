"""What flags and environment say, checked once and frozen."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gitops_master.model.errors import UsageError


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`snapshot`: the saved cluster to look at, called `title` in answers. `now`: its clock, where it is given."""

    snapshot: Path | None = None
    title: str = ""
    now: datetime | None = None

    def required_snapshot(self) -> Path:
        if self.snapshot is None:
            raise UsageError(
                "where should I look? No snapshot was named",
                "--snapshot PATH: a file, folder or archive of `kubectl get -o yaml` output; `gitops-master demo` shows an example",
            )
        return self.snapshot


def parse_now(text: str) -> datetime:
    """An RFC 3339 time with its zone."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(f"--now {text!r} is not a time", "write it as 2026-11-23T04:00:00Z") from None
    if time.tzinfo is None:
        raise UsageError(f"--now {text!r} has no time zone", "write it as 2026-11-23T04:00:00Z")
    return time.astimezone(UTC)


def demo_settings() -> Settings:
    """The bundled example: a project that real controllers ran. Only `demo` and `serve --demo` show it."""
    return Settings(snapshot=Path(__file__).parent / "demo_snapshot", title="the bundled example")
