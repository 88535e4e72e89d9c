"""The config of each step kind, as the schemas of Kargo v1.11.2 say (pkg/promotion/runner/builtin/schemas), with the version that
brought a field."""

from collections.abc import Mapping
from typing import Any

from gitops_master.manifests.schema.parts import ANYTHING, FLAG, GO_SPAN, SOME, TEXT, TEXT_MAP, TEXTS
from gitops_master.manifests.schema.rules import at_most_one, certain, different, email, exactly_one, needs, url
from gitops_master.manifests.schema.shapes import Faults, Fields, Given, ListOf, MapOf, SchemaFault, Shape, Text, Whole
from gitops_master.model.manifest import Path

_SOMES = ListOf(SOME)
_URL = Text(1, check=url)
_PROVIDER = Text(choices=("azure", "bitbucket", "gitea", "github", "gitlab"))
_ATTEMPTS = Whole(1, 2147483647)
_REF = r"^(oci://)?[a-zA-Z0-9._-]+(:\d+)?(/[a-zA-Z0-9._-]+)*[@:][a-zA-Z0-9._:-]+$"
_TAGGED = r"^(oci://)?[a-zA-Z0-9._-]+(:\d+)?(/[a-zA-Z0-9._-]+)*[:][a-zA-Z0-9._-]+$"
_ORIGIN = "take the artifact by an expression: imageFrom(…), commitFrom(…), chartFrom(…), each with warehouse(…)"


_UPDATE = Fields({"path!": SOME, "updates!": ListOf(Fields({"key!": SOME, "value!": ANYTHING}), 1)})
_PARSE = Fields({"path!": SOME, "outputs!": ListOf(Fields({"name!": SOME, "fromExpression!": SOME}), 1)})
_HEADERS = ListOf(Fields({"name!": SOME, "value!": SOME}))


def _some_criterion(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
    if not value.get("matchLabels") and not value.get("matchExpressions"):
        yield SchemaFault(path, "must have one of matchLabels, matchExpressions with an entry")


_OPERATOR = Text(choices=("In", "NotIn", "Exists", "DoesNotExist"))
_CRITERION = Fields({"key!": SOME, "operator!": _OPERATOR, "values": TEXTS})
_SELECTOR = Fields({"matchLabels": TEXT_MAP, "matchExpressions": ListOf(_CRITERION)}, rules=(_some_criterion,))
_BY_NAME = exactly_one("name", "selector", present=True)
_HELM_IMAGE = Fields({"key!": SOME, "value!": TEXT}, gone={"fromOrigin@1.3": _ORIGIN, "repoURL@1.3": _ORIGIN})
_KUSTOMIZE_IMAGE = Fields(
    {"repoURL!": SOME, "newName": SOME, "tag@1.1": TEXT, "digest@1.1": TEXT},
    rules=(at_most_one("digest", "tag"),),
    gone={"fromOrigin@1.3": _ORIGIN, "useDigest@1.3": "set digest"},
)
_SOURCE = Fields(
    {
        "repoURL!": SOME,
        "chart": SOME,
        "desiredRevision@1.1": SOME,
        "updateTargetRevision": FLAG,
        "helm": Fields({"images!": ListOf(_HELM_IMAGE, 1)}, gone={"fromOrigin@1.3": _ORIGIN}),
        "kustomize": Fields({"images": ListOf(_KUSTOMIZE_IMAGE, 1)}, gone={"fromOrigin@1.3": _ORIGIN}),
    },
    rules=(needs("updateTargetRevision", "desiredRevision"),),
    gone={"fromOrigin@1.3": _ORIGIN, "desiredCommitFromStep@1.3": "desiredRevision: ${{ outputs.<alias>.commit }}"},
)
_APP: Mapping[str, Shape] = {"name": SOME, "namespace": SOME, "selector@1.9": _SELECTOR}
_UPDATED = Fields({**_APP, "sources": ListOf(_SOURCE, 1)}, rules=(_BY_NAME,), gone={"fromOrigin@1.3": _ORIGIN})
_WAITED = Text(choices=("health", "sync", "operation", "suspended", "degraded"))
_AWAITED = Fields({**_APP, "waitFor": ListOf(_WAITED, 1, rules=(different,))}, rules=(_BY_NAME,))

_AUTHOR = Fields({"name!": SOME, "email!": Text(check=email), "signingKey@1.5": TEXT})
_CHECKOUT = Fields(
    {
        "path!": SOME,
        "branch": TEXT,
        "commit@1.1": TEXT,
        "tag": TEXT,
        "create": FLAG,
        "as@1.6": TEXT,
        "sparse@1.9": ListOf(SOME, 1),
    },
    rules=(at_most_one("branch", "commit", "tag"),),
    gone={"fromFreight@1.3": "commit: ${{ commitFrom(…).ID }}", "fromOrigin@1.3": _ORIGIN},
)


def _tag_without_force(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
    if certain(value.get("tag")) and value.get("force") is True:
        yield SchemaFault((*path, "force"), "cannot be used with tag")


_ALL_TARGETS = at_most_one("generateTargetBranch", "targetBranch", "tag")


def _tag_or_digest(value: Mapping[str, Any], path: Path, given: Given) -> Faults:
    if given.kargo is None or given.kargo >= (1, 1, 0):  # before, the tag was always the Freight's
        yield from exactly_one("tag", "digest")(value, path, given)


_IMAGE = Fields(
    {"image!": SOME, "name": TEXT, "newName": TEXT, "tag@1.1": TEXT, "digest@1.1": TEXT},
    rules=(_tag_or_digest,),
    gone={"fromOrigin@1.3": _ORIGIN, "useDigest@1.3": "set digest"},
)
_METADATA = Fields({"kind!": Text(choices=("Stage", "Freight")), "name!": SOME, "values!": MapOf(ANYTHING, 1)})

GIT: Mapping[str, Shape] = {
    "git-clear": Fields({"path!": SOME}),
    "git-clone": Fields(
        {
            "repoURL!": SOME,
            "checkout!": ListOf(_CHECKOUT, 1),
            "author@1.5": _AUTHOR,
            "insecureSkipTLSVerify": FLAG,
            "recurseSubmodules@1.9": FLAG,
            "blobless@1.11": FLAG,
        }
    ),
    "git-commit": Fields(
        {"path!": SOME, "message!": SOME, "author": _AUTHOR},
        gone={"messageFromSteps@1.5": "message: ${{ outputs['<alias>'].commitMessage }}"},
    ),
    "git-merge-pr": Fields(
        {
            "repoURL!": _URL,
            "prNumber!": Whole(1),
            "provider": _PROVIDER,
            "insecureSkipTLSVerify": FLAG,
            "wait": FLAG,
            "pollInterval@1.11": GO_SPAN,
            "mergeMethod@1.10": SOME,
        }
    ),
    "git-open-pr": Fields(
        {
            "repoURL!": _URL,
            "sourceBranch!": SOME,
            "targetBranch!": SOME,
            "title@1.2": SOME,
            "description@1.6": SOME,
            "labels@1.2": _SOMES,
            "provider": _PROVIDER,
            "insecureSkipTLSVerify": FLAG,
            "createTargetBranch": FLAG,
        },
        gone={"sourceBranchFromStep@1.3": "sourceBranch: ${{ outputs.<alias>.branch }}"},
    ),
    "git-push": Fields(
        {
            "path!": SOME,
            "targetBranch": TEXT,
            "generateTargetBranch": FLAG,
            "tag@1.10": TEXT,
            "force@1.9": FLAG,
            "maxAttempts@1.2": _ATTEMPTS,
            "provider@1.6": _PROVIDER,
        },
        rules=(_ALL_TARGETS, _tag_without_force),
    ),
    "git-tag": Fields({"path!": SOME, "tag!": SOME, "message!": SOME, "force@1.11": FLAG}, open=True),
    "git-wait-for-pr": Fields(
        {
            "repoURL!": _URL,
            "prNumber!": Whole(1),
            "provider": _PROVIDER,
            "insecureSkipTLSVerify": FLAG,
            "pollInterval@1.11": GO_SPAN,
        },
        gone={"prNumberFromStep@1.3": "prNumber: ${{ outputs.<alias>.pr.id }}"},
    ),
    "github-push": Fields(
        {
            "path!": SOME,
            "targetBranch": TEXT,
            "generateTargetBranch": FLAG,
            "force": FLAG,
            "maxAttempts": _ATTEMPTS,
            "insecureSkipTLSVerify": FLAG,
        },
        rules=(at_most_one("generateTargetBranch", "targetBranch"),),
    ),
}
_CHART = Fields({"repository!": SOME, "name!": SOME, "version!@1.1": SOME}, gone={"fromOrigin@1.3": _ORIGIN})
MANIFESTS: Mapping[str, Shape] = {
    "argocd-update": Fields({"apps!": ListOf(_UPDATED, 1)}, gone={"fromOrigin@1.3": _ORIGIN}),
    "argocd-wait": Fields({"apps!": ListOf(_AWAITED, 1)}),
    "helm-template": Fields(
        {
            "path!": SOME,
            "outPath!": SOME,
            "releaseName!": SOME,
            "outLayout@1.7": Text(choices=("helm", "flat")),
            "useReleaseName": FLAG,
            "namespace": TEXT,
            "valuesFiles": _SOMES,
            "ignoreMissingValueFiles@1.9": FLAG,
            "setValues@1.5": ListOf(Fields({"key!": SOME, "value!": TEXT, "literal@1.9": FLAG})),
            "buildDependencies@1.6": FLAG,
            "includeCRDs": FLAG,
            "disableHooks": FLAG,
            "skipTests": FLAG,
            "kubeVersion": TEXT,
            "apiVersions": _SOMES,
        }
    ),
    "helm-update-chart": Fields({"path!": SOME, "charts": ListOf(_CHART, 1)}),
    "helm-update-image": ANYTHING,
    "kustomize-build": Fields(
        {
            "path!": SOME,
            "outPath!": SOME,
            "outputFormat@1.9": Text(choices=("kargo", "kustomize")),
            "plugin@1.0": Fields({"helm": Fields({"apiVersions": _SOMES, "kubeVersion": TEXT})}),
        }
    ),
    "kustomize-set-image": Fields({"path!": SOME, "images": ListOf(_IMAGE)}),
    "yaml-merge": Fields({"inFiles!": ListOf(TEXT, 1), "outFile!": SOME, "ignoreMissingFiles": FLAG}),
    **dict.fromkeys(("json-update", "toml-update", "yaml-update"), _UPDATE),
    **dict.fromkeys(("json-parse", "toml-parse", "yaml-parse"), _PARSE),
}
_PATHS: Mapping[str, Shape] = {
    "path": SOME,
    "paths@1.11": ListOf(SOME, 1),
    "pathsAreGlobs@1.11": FLAG,
    "strict@1.3": FLAG,
}
_METHOD = Text(choices=("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"))
_MEDIA = Text(choices=("application/json", "application/yaml", "text/plain"))
_REF_TEXT = Text(1, 0, _REF, "a reference to an image with tag or digest")
OTHERS: Mapping[str, Shape] = {
    "compose-output": MapOf(ANYTHING, 1),
    "copy": Fields({"inPath!": SOME, "outPath!": SOME, "ignore": SOME}),
    "delete": Fields(_PATHS, rules=(exactly_one("path", "paths", present=True),)),
    "fail": Fields({"message": SOME}),
    "file-write": Fields(
        {
            "path!": SOME,
            "contents!": TEXT,
            "permissions": Text(pattern="^0[0-7]{3}$", what='permissions such as "0644"'),
            "overwrite": FLAG,
        }
    ),
    "http": Fields(
        {
            "url!": SOME,
            "method": _METHOD,
            "headers": _HEADERS,
            "queryParams": _HEADERS,
            "body": TEXT,
            "insecureSkipTLSVerify": FLAG,
            "proxy@1.11": Text(pattern="^https?://.*$", what="a URL with http:// or https://"),
            "timeout": GO_SPAN,
            "pollInterval@1.11": GO_SPAN,
            "responseContentType@1.9": _MEDIA,
            "outputs": ListOf(Fields({"name!": SOME, "fromExpression!": SOME})),
            "successExpression": TEXT,
            "failureExpression": TEXT,
            "errorExpression@1.11": TEXT,
        }
    ),
    "http-download": Fields(
        {
            "url!": SOME,
            "outPath!": SOME,
            "allowOverwrite": FLAG,
            "headers": _HEADERS,
            "queryParams": _HEADERS,
            "insecureSkipTLSVerify": FLAG,
            "timeout": GO_SPAN,
        }
    ),
    "oci-download": Fields(
        {
            "imageRef!": _REF_TEXT,
            "outPath!": SOME,
            "allowOverwrite": FLAG,
            "mediaType": SOME,
            "insecureSkipTLSVerify": FLAG,
        }
    ),
    "oci-push": Fields(
        {
            "srcRef!": _REF_TEXT,
            "destRef!": Text(1, 0, _TAGGED, "a reference to an image with a tag"),
            "annotations": TEXT_MAP,
            "insecureSkipTLSVerify": FLAG,
        }
    ),
    "set-freight-alias": Fields({"name!": SOME, "alias!": SOME}),
    "set-metadata": Fields({"updates!": ListOf(_METADATA, 1)}),
    "untar": Fields({"inPath!": SOME, "outPath!": SOME, "stripComponents": Whole(0), "ignore": SOME}),
}
CONFIGS: Mapping[str, Shape] = {**GIT, **MANIFESTS, **OTHERS}
