"""An API server over HTTP, as a kubeconfig or a pod's service account says: `ports.api.Api`, and the contexts there are.

No judgement about what objects mean, no credential leaves in a message. Nothing is written but by `KubeWriter`, which has a
connection of its own and sends each change once.
Importing this loads neither the Kubernetes package nor an HTTP library: that happens at the first request.
"""

from gitops_master.adapters.kube_api.access import Access, Surroundings
from gitops_master.adapters.kube_api.client import KubeApi
from gitops_master.adapters.kube_api.contexts import Context, contexts, serving
from gitops_master.adapters.kube_api.secrets import Bearer
from gitops_master.adapters.kube_api.writing import KubeWriter

__all__ = ["Access", "Bearer", "Context", "KubeApi", "KubeWriter", "Surroundings", "contexts", "serving"]
