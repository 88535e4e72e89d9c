"""The .gitops-verify.yaml of this place, and whether it may cause requests."""

from collections.abc import Mapping
from pathlib import Path

from gitops_master import verify_file
from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.verify_file import VerifyFile


def expectations_file(environ: Mapping[str, str], named: Path | None = None) -> tuple[VerifyFile, bool]:
    """The file that was named, else the nearest one; and whether it is trusted. Without any: one that says nothing.

    Raises UnreadableInput where it cannot be read or is wrong: a verification that skips what somebody wrote down would pass too
    easily. Raises Forbidden where others than the user can write to the record of trust.
    """
    if named is not None:
        return verify_file.load(named), True
    file = verify_file.nearest()
    if file.problem is not None:
        raise file.problem
    if file.path is None:
        return file, False
    return file, Trust(configuration_folder(environ)).is_trusted(file.path, file.content)
