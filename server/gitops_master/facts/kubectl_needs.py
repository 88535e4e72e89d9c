"""What the kubectl commands in a container's script need to be allowed to do, as far as their words tell.

Told are calls whose resource and namespace are plain words. Anything a shell would have to work out is passed over.
"""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

_ARGUMENT = re.compile(r"\{\{\s*args\.([\w-]+)\s*\}\}")
_PARTS = re.compile(r"\|\||&&|[;|&\n()`]|\$\(")
_PLAIN = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_KINDS = {
    "": ("pods pod po", "services service svc", "configmaps configmap cm", "secrets secret", "endpoints ep", "events event ev",
         "persistentvolumeclaims persistentvolumeclaim pvc", "serviceaccounts serviceaccount sa", "namespaces namespace ns",
         "nodes node no"),
    "apps": ("deployments deployment deploy", "statefulsets statefulset sts", "daemonsets daemonset ds", "replicasets replicaset rs"),
    "batch": ("jobs job", "cronjobs cronjob cj"),
    "networking.k8s.io": ("ingresses ingress ing", "networkpolicies networkpolicy netpol"),
    "argoproj.io": ("applications application app apps", "rollouts rollout ro", "analysisruns analysisrun ar"),
}  # fmt: skip
"""By API group, the plural first."""
_RESOURCES = {
    name: (group, names.split()[0]) for group, kinds in _KINDS.items() for names in kinds for name in names.split()
}
_CLUSTER_WIDE = frozenset({"namespaces", "nodes"})
_WITH_VALUE = frozenset({"-n", "-o", "-l", "-c", "-f", "-p", "--namespace", "--output", "--selector", "--container", "--for",
                         "--timeout", "--field-selector", "--context", "--request-timeout", "--tail", "--type", "--patch"})  # fmt: skip
_ELSEWHERE = ("--context", "--kubeconfig", "--as", "--token", "--server", "-s")
"""Options with which the call is not the ServiceAccount's own, or not of this cluster."""


class Need(msgspec.Struct, frozen=True):
    """A right. `namespace` empty: in all of them. `command`: the call that needs it, as it was written."""

    verb: str
    group: str
    resource: str
    namespace: str
    name: str = ""
    command: str = ""

    @property
    def what(self) -> str:
        """`list deployments.apps in namespace shop`."""
        resource, where = f"{self.resource}.{self.group}" if self.group else self.resource, self.namespace
        return f"{self.verb} {resource} {f'in namespace {where}' if where else 'at the cluster scope'}"


def needs(pod: Mapping[str, Any], namespace: str, arguments: Mapping[str, str]) -> list[Need]:
    """Of the containers of a pod's spec, as plain data. `arguments`: values for `{{args.…}}`. Each right once."""
    found: dict[tuple[str, ...], Need] = {}
    for container in [*_objects(pod.get("initContainers")), *_objects(pod.get("containers"))]:
        for text in _scripts(words_of(container)):
            for need in _of_script(_ARGUMENT.sub(lambda m: arguments.get(m[1], m[0]), text), namespace):
                found.setdefault((need.verb, need.group, need.resource, need.namespace, need.name), need)
    return list(found.values())


def words_of(container: Mapping[str, Any]) -> list[str]:
    """Its command and arguments, as one row."""
    rows = (container.get(key) for key in ("command", "args"))
    return [str(one) for row in rows if isinstance(row, list | tuple) for one in row]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _scripts(words: list[str]) -> Iterable[str]:
    """A script in one word, or the whole command where it is kubectl itself."""
    if words and words[0].rpartition("/")[2] == "kubectl":
        return [shlex.join(words)]
    return [one for one in words if "kubectl" in one]


def _of_script(text: str, namespace: str) -> Iterator[Need]:
    for part in _PARTS.split(text.replace("\\\n", " ")):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue
        at = next((index for index, word in enumerate(words) if word.rpartition("/")[2] == "kubectl"), None)
        if at is not None:
            yield from _of_call(words[at + 1 :], namespace, " ".join(words[at:]))


def _of_call(words: list[str], namespace: str, command: str) -> Iterator[Need]:
    plain, options = _sorted_out(words)
    if not plain or any(name in options for name in _ELSEWHERE):
        return
    everywhere = "-A" in options or "--all-namespaces" in options
    where = "" if everywhere else options.get("--namespace", options.get("-n", namespace))
    if where and not _PLAIN.fullmatch(where):
        return
    for verb, resource, name in _rights(plain, options):
        group, plural = resource
        place = "" if plural in _CLUSTER_WIDE else where
        yield Need(verb, group, plural, place, name if _PLAIN.fullmatch(name) else "", command)


def _sorted_out(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Words, and options with their values; what follows `--` or a redirection is another program's."""
    plain: list[str] = []
    options: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word == "--" or ">" in word or "<" in word:
            break
        if not word.startswith("-"):
            plain.append(word)
            continue
        name, equals, value = word.partition("=")
        options[name] = value if equals or name not in _WITH_VALUE else next(rest, "")
    return plain, options


_Right = tuple[str, tuple[str, str], str]


def _rights(plain: list[str], options: Mapping[str, str]) -> Iterator[_Right]:
    match plain:
        case ["get" | "describe", *targets]:
            watches = "-w" in options or "--watch" in options
            for resource, name in _targets(targets):
                yield "get" if name else "list", resource, name
                if watches:
                    yield "watch", resource, name
        case ["delete", *targets]:
            for resource, name in _targets(targets):
                yield "delete", resource, name
        case ["wait", *targets] | ["rollout", "status", *targets]:
            for resource, name in _targets(targets):
                yield from ((verb, resource, name) for verb in ("get", "list", "watch"))
        case ["logs", target, *_] if "/" not in target:
            yield "get", ("", "pods/log"), target
        case ["exec", target, *_] if "/" not in target:
            yield "create", ("", "pods/exec"), target


def _targets(words: list[str]) -> Iterator[tuple[tuple[str, str], str]]:
    """`pods`, `pods,svc`, `pod web`, `deploy/web svc/web`."""
    if not words:
        return
    if "/" in words[0]:
        for word in words:
            kind, _, name = word.partition("/")
            yield from ((resource, name) for resource in _resource(kind))
        return
    names = words[1:] or [""]
    for kind in words[0].split(","):
        yield from ((resource, name) for resource in _resource(kind) for name in names)


def _resource(kind: str) -> list[tuple[str, str]]:
    """Of a plain name, or of `plural.group`; nothing of what may be called otherwise."""
    name = kind.lower()
    if name in _RESOURCES:
        return [_RESOURCES[name]]
    plural, dot, group = name.partition(".")
    return [(group, plural)] if dot and plural.endswith("s") and _PLAIN.fullmatch(name) else []
