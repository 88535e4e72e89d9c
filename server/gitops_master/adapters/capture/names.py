"""What names give away: which values are secrets whatever they look like, and which are read and harmless."""

import itertools
import re

_SECRET = re.compile(r"password|passwd|passphrase|pgpass|secret|token|credential|apikey", re.IGNORECASE)
_WORDS = re.compile(r"auth|authorization|cookies?|dsn|hmac|pass|pat|pwd")
"""Only as words of their own: many an `author` keeps to a `path`."""
_PAIRS = re.compile(
    r"connection string|webhook url|session id"
    r"|(?:access|account|api|auth|client|deploy|encryption|gpg|license|master|private|rsa|shared|signing|ssh) key"
)
_POINTERS = re.compile(r"names?|namespaces?|refs?|file|path|dir|kind|type|mode|enabled|issuer|ttl|url")
"""As last word, `tokenFile`, `secretName`: where the secret is, not what it is."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SHOUTED = re.compile(r"[A-Z0-9_]+_KEY")

READ_SETTINGS = frozenset(
    [
        *("SHARD_NAME", "IS_DEFAULT_CONTROLLER", "ARGOCD_NAMESPACE", "MAX_CONCURRENT_PROMOTION_RECONCILES"),
        *("SHARED_RESOURCES_NAMESPACE", "GLOBAL_CREDENTIALS_NAMESPACES"),
        *("ARGOCD_INTEGRATION_ENABLED", "ROLLOUTS_INTEGRATION_ENABLED"),
        *("ADMIN_ACCOUNT_TOKEN_ISSUER", "API_BASE_PATH"),
        *("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        *("AZURE_CLIENT_ID", "GOOGLE_APPLICATION_CREDENTIALS"),
        *("application.namespaces", "controller.repo.server.timeout.seconds", "reposerver.parallelism.limit"),
    ]
)
"""Environment variables and ConfigMap keys whose values facts and rules read; tests hold the list against their code."""

READ_OUTPUTS = frozenset({"commit", "branch", "revision", "prNumber", "pr", "id", "url", "open", "merged", "number"})
"""Outputs of promotion steps that rules read: commits that were pushed, and the pull request."""

HARMLESS_HEADERS = frozenset({"accept", "accept-encoding", "content-type", "user-agent"})

_ANNOTATION_DOMAINS = ("kargo.akuity.io", "argoproj.io", "kubernetes.io", "k8s.io", "helm.sh")


def looks_secret(name: str) -> bool:
    """Whether what is called so is a secret: `DB_PASSWORD`, `apiKey`, `X-Auth-Token`; not `tokenFile`, not `key`."""
    if name in READ_SETTINGS:
        return False
    words = [word.lower() for word in _WORD.findall(name)]
    if any(_PAIRS.fullmatch(" ".join(pair)) for pair in itertools.pairwise(words)) or _SHOUTED.fullmatch(name):
        return True
    if not words or _POINTERS.fullmatch(words[-1]):
        return False
    return _SECRET.search(name) is not None or any(_WORDS.fullmatch(word) for word in words)


def is_known_annotation(name: str) -> bool:
    """Whether it belongs to the products that are diagnosed here, or to Kubernetes: the others may hold anything."""
    domain = name.partition("/")[0]
    return "/" in name and any(domain == one or domain.endswith(f".{one}") for one in _ANNOTATION_DOMAINS)
