"""Reads a cluster by running kubectl, near or behind a command prefix that ends in a shell far away: `ports.api.Api`.

No judgement about what the objects mean, no writes but by `KubectlWriter`; composition roots import it. `trust` says which commands that were
found in a working tree may run at all.
"""

from gitops_master.adapters.kubectl_command.api import Identity, KubectlApi
from gitops_master.adapters.kubectl_command.command import Command, kubectl_command, ssh_command
from gitops_master.adapters.kubectl_command.trust import Trust, configuration_folder
from gitops_master.adapters.kubectl_command.writing import KubectlWriter

__all__ = [
    "Command",
    "Identity",
    "KubectlApi",
    "KubectlWriter",
    "Trust",
    "configuration_folder",
    "kubectl_command",
    "ssh_command",
]
