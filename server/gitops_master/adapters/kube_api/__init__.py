"""An API server over HTTP, as a kubeconfig or a pod's service account says: `ports.api.Api`, and the contexts there are.

No judgement about what objects mean, nothing is written to a cluster or a kubeconfig, no credential leaves in a message.
Importing this loads neither the Kubernetes package nor an HTTP library: that happens at the first request.
"""

from gitops_master.adapters.kube_api.access import Access, Surroundings
from gitops_master.adapters.kube_api.client import KubeApi
from gitops_master.adapters.kube_api.contexts import Context, contexts, serving

__all__ = ["Access", "Context", "KubeApi", "Surroundings", "contexts", "serving"]
