"""Every write as requests of the Kubernetes API: `ports.writing.Writer` over an `ObjectWriter`, near or behind kubectl.

What each write is (`requests`, `promotions`, `syncs`) and what a refusal means (`refusals`) are plain functions; `ways` sends.
Nothing is named or shaped here that Kargo names and shapes.
"""

from gitops_master.adapters.kubernetes_ways.ways import KubernetesWays

__all__ = ["KubernetesWays"]
