"""What is said of containers that exit again and again, cannot get their image, or lack a ConfigMap or Secret."""

from collections.abc import Iterator

from gitops_master.facts.advice import advise
from gitops_master.facts.crashes import last_end
from gitops_master.facts.failing_pods import Failing, event_text, events_about
from gitops_master.facts.patterns import Found, find, search
from gitops_master.facts.pod_patterns import IMAGE_CAUSES, MISSING_CONFIG, PULL_ERROR
from gitops_master.facts.texts import Text, fact
from gitops_master.facts.told import Told, last_words, of_app
from gitops_master.facts.workloads import memory_limit, troubles, was_oom_killed
from gitops_master.model.finding import Evidence, Remedy
from gitops_master.model.snapshot import Snapshot
from gitops_master.model.workloads import Pod

NO_CONFIG = "CreateContainerConfigError"


def crash(one: Failing, app: str, snapshot: Snapshot) -> Told:
    """A container in a crash loop: how it ended, how often, and what it said last."""
    words = last_words(one.pod, one.container, snapshot, 3)
    evidence = _exit_evidence(one, has_log=bool(words))
    if words:
        evidence.append(fact(one.pod, f"log of container {one.container}", "\n".join(words)))
    return Told(_crash_summary(one, app, words), evidence, _crash_remedies(one))


def _exit_evidence(one: Failing, *, has_log: bool) -> list[Evidence]:
    status, path = one.trouble.status, one.trouble.path
    found = []
    if status.state.waiting is not None:
        found.append(fact(one.pod, f"{path}.state.waiting.reason", status.state.waiting.reason))
    ended = last_end(status)
    if ended is not None:
        where = f"{path}.{'state' if status.state.terminated else 'lastState'}.terminated"
        value = f"{ended.reason or 'Error'}, exitCode {ended.exit_code}"
        found.append(fact(one.pod, where, value, ended.finished_at))
        if ended.message and not has_log:
            found.append(fact(one.pod, f"{where}.message", ended.message, ended.finished_at))
    found.append(fact(one.pod, f"{path}.restartCount", status.restart_count))
    limit = memory_limit(one.pod, one.container)
    if was_oom_killed(status) and limit:
        found.append(fact(one.pod, f"spec.containers[{one.container}].resources.limits.memory", limit))
    return found


def _crash_summary(one: Failing, app: str, words: list[str]) -> str:
    status = one.trouble.status
    ending = one.trouble.reason or "its end is not recorded"
    where = ", ".join(part for part in (app, f"image {status.image}") if part)
    text = f"Container {one.container} of {one.resource} ({where}) exits again and again: {ending}, "
    text += f"{status.restart_count} restarts"
    limit = memory_limit(one.pod, one.container)
    if was_oom_killed(status) and limit:
        text += f", memory limit {limit}"
    return f"{text}; its last words: {words[-1]}" if words else f"{text}."


def _crash_remedies(one: Failing) -> list[Remedy]:
    ns, pod = one.pod.namespace, one.pod.name
    cure = (
        f"Raise the memory limit of container {one.container} in its source, or find what needs the memory"
        if was_oom_killed(one.trouble.status)
        else "Mend what the last words name, in the source or the image, and promote the Freight that carries it"
    )
    return [
        advise(
            "Read what the container said before it ended",
            f"kubectl -n {ns} logs {pod} -c {one.container} --previous --tail=50",
        ),
        advise(cure, confirm_with=f"kubectl -n {ns} get pods"),
        advise("If users are hit meanwhile: promote the Freight that ran before once more"),
    ]


def pull_failure(one: Failing, app: str, snapshot: Snapshot) -> Told:
    """A container that waits for its image: which, and why the node does not get it."""
    told = _pull_message(one, snapshot)
    image = one.trouble.status.image or _spec_image(one)
    said = f"{one.trouble.reason} {told.value}"
    cause, why = next(((pattern.name, words) for pattern, words in IMAGE_CAUSES if find(pattern, said)), ("", ""))
    return Told(
        f"Container {one.container} of {of_app(one.resource, app)} waits in {one.trouble.reason}: image {image} "
        f"cannot be pulled" + (f", {why}." if why else "."),
        [
            fact(one.pod, f"{one.trouble.path}.reason", one.trouble.reason),
            told.as_evidence(),
            fact(one.pod, f"spec.containers[{one.container}].image", image),
        ],
        _pull_remedies(one, image, cause),
    )


def _pull_message(one: Failing, snapshot: Snapshot) -> Text:
    """The message that says why: `Back-off pulling image` alone does not, the event of the failed pull does."""
    if find(PULL_ERROR, one.trouble.message):
        return Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message)
    events = (event_text(event) for event in events_about(one.pod, snapshot, "Failed"))
    telling = next((text for text in events if "pull image" in text.value or "parse image" in text.value), None)
    return telling or Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message or one.trouble.reason)


def _spec_image(one: Failing) -> str:
    specs = (*one.pod.spec.containers, *one.pod.spec.init_containers)
    return next((spec.image for spec in specs if spec.name == one.container), "")


_CURES = {
    "image-throttled": "Wait, the kubelet tries again at growing intervals; for good let the nodes pull with a login or from a mirror",
    "image-platform": "Publish {image} for the platform of node {node}, too, or keep the pods to nodes that it fits",
    "image-refused": "Give the pods of {resource} in {namespace} an imagePullSecret that may read {image}",
    "image-name-invalid": "Correct the image's name in the source of {resource}: {image} is none",
    "image-never-pulled": "Change imagePullPolicy in the source of {resource}, or bring {image} onto node {node}",
    "image-registry-tls": "Let node {node} trust the registry's certificate, or correct the registry's address in {image}",
    "image-registry-unreachable": "Find out why node {node} cannot reach the registry of {image} (DNS, proxy, firewall)",
}
_ABSENT = "Publish {image}, or correct the image in the source of {resource} and promote the Freight that carries it"


def _pull_remedies(one: Failing, image: str, cause: str) -> list[Remedy]:
    pod = one.pod
    account = pod.spec.service_account_name or "default"
    secrets = f"kubectl -n {pod.namespace} get serviceaccount {account} -o jsonpath='{{.imagePullSecrets}}'"
    words = {
        "image": image,
        "resource": one.resource,
        "namespace": pod.namespace,
        "node": pod.spec.node_name or "its node",
    }
    return [
        advise(
            _CURES.get(cause, _ABSENT).format_map(words).replace("node its node", "its node"),
            *([secrets] if cause == "image-refused" else []),
            confirm_with=f"kubectl -n {pod.namespace} get pods",
        ),
        advise("Until then the old pods serve; if that is not enough, promote the Freight that ran before once more"),
    ]


def said_missing(one: Failing) -> Found | None:
    """What a container that waits in CreateContainerConfigError lacks, where its message names it."""
    return search(MISSING_CONFIG, Text(one.pod.ref, f"{one.trouble.path}.message", one.trouble.message))


def unmounted(pod: Pod, snapshot: Snapshot) -> Iterator[Found]:
    """What a pod that has not started lacks, by its events."""
    if pod.status.phase != "Pending":
        return
    for event in events_about(pod, snapshot, "FailedMount", "Failed"):
        found = search(MISSING_CONFIG, event_text(event))
        if found is not None:
            yield found


def config_missing(resource: str, app: str, pod: Pod, found: Found) -> Told:
    """Pods that cannot start for a ConfigMap, a Secret or a key of one."""
    kind, name, key = missing_thing(found)
    what = f"key {key} of {kind} {name}" if key and name else f"{kind} {name}" if name else f"key {key}"
    return Told(
        f"Pods of {of_app(resource, app)} cannot start: {what} does not exist in namespace {pod.namespace}.",
        [_config_waiting(pod), found.text.as_evidence()],
        _config_remedies(pod, kind, name, key),
    )


def missing_thing(found: Found) -> tuple[str, str, str]:
    """(kind, name, key), each perhaps empty."""
    groups = found.groups
    kind = (groups.get("kind") or groups.get("keykind") or groups.get("refkind") or "").lower()
    name = groups.get("name") or groups.get("keyname") or ""
    return ("Secret" if kind == "secret" else "ConfigMap"), name, groups.get("key") or groups.get("refkey") or ""


def _config_waiting(pod: Pod) -> Evidence:
    found = next((one for one in troubles(pod) if one.reason == NO_CONFIG), None)
    return fact(pod, f"{found.path}.reason", found.reason) if found else fact(pod, "status.phase", pod.status.phase)


def _config_remedies(pod: Pod, kind: str, name: str, key: str) -> list[Remedy]:
    thing = f"{kind.lower()} {name}" if name else f"{kind.lower()}s"
    look = f"kubectl -n {pod.namespace} get {thing}"
    wanted = f"Put key {key} into {kind} {name}".rstrip() if key else f"Create {kind} {name} in {pod.namespace}"
    return [
        advise(f"{wanted} where it comes from (git, the secret store), or correct the reference in the pod template", look,
               confirm_with=f"kubectl -n {pod.namespace} get pods"),
    ]  # fmt: skip
