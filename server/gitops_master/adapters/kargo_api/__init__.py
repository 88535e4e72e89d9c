"""Kargo's own REST API (`/v1beta1`, Kargo 1.9 and newer): `ports.writing.Writer` for what Kargo can be asked to do.

As one login, which is only sent to its own address. Reads what it must to be sure that this is the Kargo of the cluster that was
looked at, and nothing of pipelines beyond that. No credential leaves in a message.
Importing this loads neither an HTTP library nor YAML: that happens at the first use.
"""

from gitops_master.adapters.kargo_api.login import has_login
from gitops_master.adapters.kargo_api.operations import KargoApi

__all__ = ["KargoApi", "has_login"]
