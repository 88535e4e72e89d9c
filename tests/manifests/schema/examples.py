"""Valid objects and configs of steps, each with most of the fields there are."""

from typing import Any

KARGO = "kargo.akuity.io/v1alpha1"
_SELECTOR = {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}
_OUTPUTS = [{"name": "a", "fromExpression": "b"}]
_HEADERS = [{"name": "a", "value": "b"}]
CONFIGS: dict[str, list[dict[str, Any]]] = {
    "argocd-update": [
        {
            "apps": [
                {
                    "name": "a",
                    "namespace": "argocd",
                    "sources": [
                        {
                            "repoURL": "https://git.example/a.git",
                            "chart": "c",
                            "desiredRevision": "main",
                            "updateTargetRevision": True,
                            "helm": {"images": [{"key": "image.tag", "value": "1"}]},
                            "kustomize": {"images": [{"repoURL": "r/a", "newName": "b", "tag": "1"}]},
                        }
                    ],
                }
            ]
        },
        {"apps": [{"selector": _SELECTOR}]},
    ],
    "argocd-wait": [{"apps": [{"name": "a", "waitFor": ["health", "sync"]}]}, {"apps": [{"selector": _SELECTOR}]}],
    "compose-output": [{"a": 1, "b": {"c": []}}],
    "copy": [{"inPath": "a", "outPath": "b", "ignore": "*.md"}],
    "delete": [{"path": "a", "strict": True}, {"paths": ["a*"], "pathsAreGlobs": True}],
    "fail": [{"message": "no"}, {}],
    "file-write": [{"path": "a", "contents": "", "permissions": "0644", "overwrite": False}],
    "git-clear": [{"path": "a"}],
    "git-clone": [
        {
            "repoURL": "https://git.example/a.git",
            "author": {"name": "a", "email": "a@b.example", "signingKey": "k"},
            "checkout": [
                {"path": "a", "branch": "main", "create": True, "as": "x", "sparse": ["d"]},
                {"path": "b", "commit": "abc", "tag": ""},
                {"path": "c", "tag": "v1"},
            ],
            "recurseSubmodules": True,
            "blobless": True,
            "insecureSkipTLSVerify": False,
        }
    ],
    "git-commit": [{"path": "a", "message": "m", "author": {"name": "a", "email": "a@b.example"}}],
    "git-merge-pr": [
        {
            "repoURL": "https://git.example/a",
            "prNumber": 1,
            "provider": "github",
            "wait": True,
            "pollInterval": "30s",
            "mergeMethod": "squash",
        }
    ],
    "git-open-pr": [
        {
            "repoURL": "https://git.example/a",
            "sourceBranch": "a",
            "targetBranch": "b",
            "title": "t",
            "description": "d",
            "labels": ["l"],
            "provider": "gitlab",
            "createTargetBranch": True,
        }
    ],
    "git-push": [
        {"path": "a", "targetBranch": "b", "maxAttempts": 3, "provider": "gitea", "force": True},
        {"path": "a", "generateTargetBranch": True},
        {"path": "a", "tag": "v1"},
    ],
    "git-tag": [{"path": "a", "tag": "v1", "message": "m", "force": True}],
    "git-wait-for-pr": [{"repoURL": "https://git.example/a", "prNumber": 1, "pollInterval": "1m", "provider": "azure"}],
    "github-push": [{"path": "a", "targetBranch": "b", "force": False, "maxAttempts": 1}],
    "helm-template": [
        {
            "path": "a",
            "outPath": "b",
            "releaseName": "r",
            "outLayout": "flat",
            "useReleaseName": True,
            "namespace": "n",
            "valuesFiles": ["v.yaml"],
            "setValues": [{"key": "k", "value": "v", "literal": True}],
            "apiVersions": ["v1"],
            "kubeVersion": "1.30",
        }
    ],
    "helm-update-chart": [
        {"path": "a", "charts": [{"repository": "oci://r", "name": "n", "version": "1"}]},
        {"path": "a"},
    ],
    "http": [
        {
            "url": "https://a.example",
            "method": "POST",
            "headers": _HEADERS,
            "queryParams": _HEADERS,
            "body": "b",
            "timeout": "5s",
            "pollInterval": "30s",
            "proxy": "http://p",
            "responseContentType": "text/plain",
            "outputs": _OUTPUTS,
            "successExpression": "true",
        }
    ],
    "http-download": [{"url": "https://a.example", "outPath": "b", "headers": _HEADERS, "timeout": "5s"}],
    "json-parse": [{"path": "a", "outputs": _OUTPUTS}],
    "json-update": [{"path": "a", "updates": [{"key": "k", "value": 1}]}],
    "kustomize-build": [
        {
            "path": "a",
            "outPath": "b",
            "outputFormat": "kargo",
            "plugin": {"helm": {"apiVersions": ["v1"], "kubeVersion": "1"}},
        }
    ],
    "kustomize-set-image": [
        {"path": "a", "images": [{"image": "i", "tag": "1", "newName": "n"}, {"image": "i", "digest": "sha"}]}
    ],
    "oci-download": [{"imageRef": "r.example/a:1", "outPath": "b", "mediaType": "m", "allowOverwrite": True}],
    "oci-push": [{"srcRef": "r.example/a@sha256:1", "destRef": "r.example/b:2", "annotations": {"a": "b"}}],
    "set-freight-alias": [{"name": "f", "alias": "a"}],
    "set-metadata": [{"updates": [{"kind": "Stage", "name": "s", "values": {"a": 1}}]}],
    "toml-parse": [{"path": "a", "outputs": _OUTPUTS}],
    "toml-update": [{"path": "a", "updates": [{"key": "k", "value": "v"}]}],
    "untar": [{"inPath": "a", "outPath": "b", "stripComponents": 1, "ignore": "x"}],
    "yaml-merge": [{"inFiles": ["a", ""], "outFile": "b", "ignoreMissingFiles": True}],
    "yaml-parse": [{"path": "a", "outputs": _OUTPUTS}],
    "yaml-update": [{"path": "a", "updates": [{"key": "k", "value": {"a": None}}]}],
}

_STEP = {
    "uses": "http",
    "as": "call",
    "if": "${{ always() }}",
    "continueOnError": True,
    "retry": {"timeout": "5m", "errorThreshold": 3},
    "vars": [{"name": "a", "value": "b"}],
    "config": {"url": "https://a.example"},
}
_LINKS = [{"title": "t", "url": "u", "description": "d", "if": "true"}]
_TARGET = {
    "kind": "Warehouse",
    "name": "w",
    "labelSelector": _SELECTOR,
    "indexSelector": {"matchIndices": [{"key": "subscribedURLs", "operator": "Equals", "value": "v"}]},
}
_ACTION = {
    "action": "Refresh",
    "parameters": {"a": "b"},
    "targetSelectionCriteria": [_TARGET],
    "whenExpression": "true",
}
_SECRET = {"secretRef": {"name": "s"}}
_RECEIVERS = [
    *(
        {"name": kind, kind: _SECRET}
        for kind in ("github", "gitlab", "gitea", "quay", "harbor", "azure", "bitbucket", "dockerhub")
    ),
    {"name": "jfrog", "artifactory": {**_SECRET, "virtualRepoName": "v"}},
    {"name": "any", "generic": {**_SECRET, "actions": [_ACTION]}},
]
_SPECS: dict[str, Any] = {
    "Project": None,
    "ProjectConfig": {
        "promotionPolicies": [
            {"stage": "old", "autoPromotionEnabled": True},
            {
                "stageSelector": {"name": "glob:dev-*", **_SELECTOR},
                "autoRollback": {"onPromotion": ["Failed", "Errored"], "onVerification": ["Error"]},
            },
        ],
        "webhookReceivers": _RECEIVERS,
        "freightLinks": _LINKS,
        "stageLinks": _LINKS,
    },
    "ClusterConfig": {
        "webhookReceivers": _RECEIVERS,
        "gitClient": {"name": "a", "email": "a@b.example", "signingKeySecret": {"name": "s"}},
        "freightLinks": _LINKS,
        "stageLinks": _LINKS,
    },
    "Stage": {
        "shard": "s",
        "vars": [{"name": "a", "value": "b"}, {"name": "c"}],
        "requestedFreight": [
            {
                "origin": {"kind": "Warehouse", "name": "w"},
                "sources": {
                    "stages": ["a"],
                    "requiredSoakTime": "1h30m",
                    "availabilityStrategy": "All",
                    "autoPromotionOptions": {"selectionPolicy": "MatchUpstream"},
                },
            },
            {"origin": {"kind": "Warehouse", "name": "v"}, "sources": {"direct": True}},
        ],
        "promotionTemplate": {
            "spec": {
                "vars": [{"name": "a", "value": "b"}],
                "steps": [
                    _STEP,
                    {
                        "as": "t",
                        "task": {"name": "push", "kind": "ClusterPromotionTask"},
                        "vars": [{"name": "x", "value": "y"}],
                    },
                ],
            }
        },
        "verification": {
            "analysisTemplates": [{"name": "t", "kind": "ClusterAnalysisTemplate"}],
            "args": [{"name": "a", "value": "b"}],
            "analysisRunMetadata": {"labels": {"a": "b"}, "annotations": {"c": "d"}},
        },
    },
    "Warehouse": {
        "shard": "s",
        "interval": "5m0s",
        "freightCreationPolicy": "Manual",
        "freightCreationCriteria": {"expression": "true"},
        "subscriptions": [
            {"git": {"repoURL": "https://git.example/a.git", "branch": "main", "includePaths": ["glob:a"]}},
            {
                "image": {
                    "repoURL": "r.example/a",
                    "constraint": "^1.0.0",
                    "platform": "linux/amd64",
                    "discoveryLimit": 5,
                }
            },
            {"chart": {"repoURL": "https://charts.example", "name": "a", "semverConstraint": ">1"}},
        ],
    },
    "PromotionTask": {"vars": [{"name": "a"}], "steps": [_STEP]},
    "ClusterPromotionTask": {"steps": [_STEP]},
}


def valid(kind: str) -> dict[str, Any]:
    """A valid object of a kind of Kargo."""
    metadata: dict[str, Any] = {"name": "cluster" if kind == "ClusterConfig" else "demo"}
    if not kind.startswith("Cluster") and kind != "Project":
        metadata["namespace"] = "demo"
    found = {"apiVersion": KARGO, "kind": kind, "metadata": metadata}
    return found if _SPECS[kind] is None else {**found, "spec": _SPECS[kind]}


KINDS = tuple(_SPECS)
