"""API groups for which Argo CD 3.5.1 brings checks of health along (resource_customizations).

Kinds of any other group have no health in Argo CD unless argocd-cm has a check for them, and never trouble an Application.
"""

from fnmatch import fnmatchcase

_WILDCARDS = ("*.cnrm.cloud.google.com", "*.crossplane.io", "*.upbound.io")
_GROUPS = frozenset({
    "acid.zalan.do", "addons.cluster.x-k8s.io", "apiextensions.k8s.io", "apps.3scale.net", "apps.kruise.io",
    "apps.openshift.io", "argoproj.io", "astra.netapp.io", "batch", "beat.k8s.elastic.co", "bitnami.com",
    "camel.apache.org", "capabilities.3scale.net", "cassandra.rook.io", "cdi.kubevirt.io", "ceph.rook.io",
    "cert-manager.io", "certmanager.k8s.io", "clickhouse-keeper.altinity.com", "clickhouse.altinity.com",
    "cloudfront.aws.crossplane.io", "cluster.x-k8s.io", "controlplane.cluster.x-k8s.io", "coralogix.com",
    "core.gardener.cloud", "core.humio.com", "core.spinkube.dev", "datadoghq.com", "db.atlasgo.io",
    "elasticsearch.k8s.elastic.co", "external-secrets.io", "flagger.app", "flink.apache.org", "game.kruise.io",
    "gateway.networking.k8s.io", "gateway.solo.io", "gloo.solo.io",
    "grafana-org-operator.kubitus-project.gitlab.io", "grafana.integreatly.org", "helm.toolkit.fluxcd.io",
    "iam.aws.crossplane.io", "iammanager.keikoproj.io", "image.toolkit.fluxcd.io", "install.istio.io",
    "jaegertracing.io", "k8s.keycloak.org", "k8s.mariadb.com", "kafka.banzaicloud.io", "kafka.strimzi.io",
    "karpenter.k8s.aws", "karpenter.sh", "keda.sh", "kiali.io", "kubernetes-client.io", "kubevirt.io",
    "kustomize.toolkit.fluxcd.io", "kyverno.io", "lifecycle.keptn.sh", "logstash.k8s.elastic.co",
    "mariadb.mmontes.io", "metrics.keptn.sh", "minio.min.io", "monitoring.coreos.com", "networking.gke.io",
    "nmstate.io", "notification.toolkit.fluxcd.io", "numaflow.numaproj.io", "numaplane.numaproj.io",
    "objectbucket.io", "ocs.openshift.io", "onepassword.com", "openfaas.com", "opentelemetry.io",
    "operator.knative.dev", "operator.openshift.io", "operator.victoriametrics.com", "operators.coreos.com",
    "pkg.crossplane.io", "platform.confluent.io", "policy", "policy.open-cluster-management.io",
    "postgresql.cnpg.io", "proclaim.dogmatiq.io", "projectcontour.io", "promoter.argoproj.io", "psmdb.percona.com",
    "pxc.percona.com", "rabbitmq.com", "rds.aws.crossplane.io", "rollouts.kruise.io", "route.openshift.io",
    "route53.aws.crossplane.io", "s3.aws.crossplane.io", "services.cloud.sap.com", "serving.knative.dev",
    "serving.kserve.io", "snapshot.storage.k8s.io", "solr.apache.org", "source.toolkit.fluxcd.io",
    "sparkoperator.k8s.io", "spot.io", "stacks.crossplane.io", "tower.ansible.com", "trident.netapp.io",
    "work.karmada.io", "zookeeper.pravega.io",
})  # fmt: skip


def has_checks(group: str) -> bool:
    """Whether Argo CD has a check for kinds of the group; not for all of them, as a rule."""
    return group in _GROUPS or any(fnmatchcase(group, one) for one in _WILDCARDS)
