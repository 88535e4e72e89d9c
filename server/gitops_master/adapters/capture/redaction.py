"""Objects and logs as they may be passed on. Pure; counts what it takes out."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from gitops_master.adapters.capture.names import (
    HARMLESS_HEADERS,
    READ_OUTPUTS,
    READ_SETTINGS,
    is_known_annotation,
    looks_secret,
)
from gitops_master.adapters.capture.plain import fields, head, scalar
from gitops_master.adapters.capture.texts import without_credentials
from gitops_master.adapters.decode import LAST_APPLIED
from gitops_master.model.kargo import DiscoveredCommits, PolicySelector, PromotionStatus
from gitops_master.model.kubernetes import ConfigMap
from gitops_master.model.meta import Metadata, Object
from gitops_master.model.networking import ServiceSpec
from gitops_master.model.snapshot import Log
from gitops_master.model.workloads import LabelSelector

HIDDEN = "***"
_REFERENCE = re.compile(
    r"\$\{\{\s{0,9}(?:secret|sharedSecret|configMap|vars|outputs|task|ctx)\b[\w.()'\"\[\]-]{1,300}\s{0,9}\}\}"
    r"|\$\([\w.-]{1,200}\)|\{\{\s{0,9}args\.[\w-]{1,200}\s{0,9}\}\}"
)
"""Says where a value is. As the whole value of something secret it is no secret, and rules read it."""


class Redactor:
    """`counts`: values taken out, by sort."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def object(self, one: Object) -> dict[str, Any]:
        """The plain object, of it only the fields that are read."""
        return {
            **head(one),
            **{key: held for key, held in self._struct(one).items() if key not in ("apiVersion", "kind")},
        }

    def log(self, log: Log) -> str:
        """The log's text. Not line by line: a private key is several."""
        text = "".join(f"{line}\n" for line in log.lines)
        return self._text(text, "credentials in logs")

    def text(self, text: str) -> str:
        return self._text(text, "credentials in texts")

    def _text(self, text: str, sort: str) -> str:
        shown = without_credentials(text)
        self.counts[sort] += shown != text
        return shown

    def _hide(self, value: Any, sort: str) -> Any:
        """Every value in it, but those that only say where a value is."""
        if isinstance(value, dict):
            return {self.text(key): self._hide(one, sort) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self._hide(one, sort) for one in value]
        if value in (None, "") or isinstance(value, bool) or (isinstance(value, str) and _REFERENCE.fullmatch(value)):
            return value
        self.counts[sort] += value != HIDDEN
        return HIDDEN

    def _struct(self, one: msgspec.Struct) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for field in fields(type(one)):
            value = getattr(one, field.name)
            if field.holds_default(value):
                continue
            shown = _SPECIAL.get((type(one), field.name), Redactor._value)(self, value)
            if shown or not field.is_emptied:  # of annotations none may be left
                plain[field.key] = shown
        return self._named(plain)

    def _value(self, value: Any) -> Any:
        if isinstance(value, msgspec.Struct):
            return self._struct(value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return self._sequence(value)
        return scalar(value)

    def _mapping(self, held: Mapping[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for key, value in held.items():
            name = self.text(key)
            if isinstance(value, msgspec.Struct):  # the keys are names of things: a Stage may be called `token`
                shown[name] = self._struct(value)
            elif key.lower() == "headers":
                shown[name] = self._headers(value)
            elif looks_secret(key):
                shown[name] = self._hide(value, "settings with secret names")
            else:
                shown[name] = self._value(value)
        return self._named(shown)

    def _named(self, shown: dict[str, Any]) -> dict[str, Any]:
        """`{name: DB_PASSWORD, value: …}`, of environments, arguments and variables."""
        name = next((one for one in (shown.get("name"), shown.get("key")) if isinstance(one, str)), "")
        resolved = (
            "secretKeyRef" in (shown.get("valueFrom") or {}) if isinstance(shown.get("valueFrom"), dict) else False
        )
        if "value" in shown and (looks_secret(name) or resolved):
            shown["value"] = self._hide(shown["value"], "settings with secret names")
        return shown

    def _sequence(self, held: list[Any] | tuple[Any, ...]) -> list[Any]:
        """Lists of texts may be arguments: `--token=x`, or `--token` and `x` behind it."""
        shown: list[Any] = []
        is_secret = False
        for one in held:
            if not isinstance(one, str):
                shown.append(self._value(one))
                is_secret = False
                continue
            flag, equals, value = one.partition("=")
            if is_secret and not one.startswith("-"):
                shown.append(self._hide(one, "arguments"))
            elif equals and "\n" not in flag and " " not in flag and looks_secret(flag.lstrip("-")):
                shown.append(f"{self.text(flag)}={self._hide(value, 'arguments')}")
            else:
                shown.append(self.text(one))
            is_secret = one.startswith("-") and not equals and looks_secret(one.lstrip("-"))
        return shown

    def _headers(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(key): self._header(key, one) for key, one in value.items()}
        if not isinstance(value, list | tuple):
            return self._hide(value, "HTTP headers")
        return [self._header_pair(one) for one in value]

    def _header_pair(self, one: Any) -> Any:
        if not isinstance(one, dict):
            return self._hide(one, "HTTP headers")
        name = str(one.get("name") or one.get("key") or "")
        plain = {key: held for key, held in one.items() if key != "value"}
        return {**self._mapping(plain), **({"value": self._header(name, one["value"])} if "value" in one else {})}

    def _header(self, name: str, value: Any) -> Any:
        return self._value(value) if name.lower() in HARMLESS_HEADERS else self._hide(value, "HTTP headers")

    def _names(self, held: Mapping[str, Any]) -> dict[str, Any]:
        return {self.text(key): self._value(value) for key, value in held.items()}

    def _annotations(self, held: Mapping[str, str]) -> dict[str, Any]:
        shown = {}
        for key, value in held.items():
            if key == LAST_APPLIED:
                self.counts["last-applied configurations"] += 1
                shown[key] = self._applied(value)
            elif is_known_annotation(key):
                shown[self.text(key)] = self.text(value)
            else:
                shown[self.text(key)] = self._hide(value, "annotations")
        return {key: value for key, value in shown.items() if value or key != LAST_APPLIED}

    def _applied(self, text: str) -> str:
        """What rules compare with the live object: a Project's promotion policies, and the images."""
        try:
            spec = json.loads(text)["spec"]
            kept = {"promotionPolicies": self._value(spec["promotionPolicies"])} if "promotionPolicies" in spec else {}
            containers = spec.get("template", {}).get("spec", {}).get("containers", [])
            images = [{key: self._value(one[key]) for key in ("name", "image") if key in one} for one in containers]
        except (ValueError, KeyError, TypeError, AttributeError):
            return ""
        if images:
            kept["template"] = {"spec": {"containers": images}}
        return json.dumps({"spec": kept}) if kept else ""

    def _settings(self, held: Mapping[str, str]) -> dict[str, Any]:
        sort = "ConfigMap values"
        return {
            self.text(key): self.text(value) if key in READ_SETTINGS else self._hide(value, sort)
            for key, value in held.items()
        }

    def _outputs(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """Outputs by step."""
        return {self.text(step): self._output(output) for step, output in held.items()}

    def _output(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return self._hide(value, "outputs of promotion steps")
        return {
            self.text(key): (self._output(one) if isinstance(one, dict) else self._value(one))
            if key in READ_OUTPUTS
            else self._hide(one, "outputs of promotion steps")
            for key, one in value.items()
        }


_SPECIAL: dict[tuple[type, str], Callable[[Redactor, Any], Any]] = {
    (Metadata, "annotations"): Redactor._annotations,
    (Metadata, "labels"): Redactor._names,
    (LabelSelector, "match_labels"): Redactor._names,
    (PolicySelector, "match_labels"): Redactor._names,
    (ServiceSpec, "selector"): Redactor._names,
    (DiscoveredCommits, "observed_refs"): Redactor._names,
    (ConfigMap, "data"): Redactor._settings,
    (ConfigMap, "binary_data"): Redactor._settings,
    (PromotionStatus, "state"): Redactor._outputs,
}
"""Fields that need more care than their values show, or less: the keys of labels and refs are names that people gave."""
