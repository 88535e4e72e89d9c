"""What somebody said beforehand, and where."""

import msgspec


class Given(msgspec.Struct, frozen=True):
    """A value of a key of `.gitops-config.yaml`. `source`: the flag, the environment variable, or the file (`by_file`)."""

    value: str
    source: str
    by_file: bool = False
