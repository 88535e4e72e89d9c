"""Real parts for tests: etcd, kube-apiserver and the Argo Rollouts controller, what they serve, and the faults between.

Nothing in here may be imported by the program. Without Go (or `KUBEBUILDER_ASSETS`) these tests are skipped, in CI they fail.
"""
