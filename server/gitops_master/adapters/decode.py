"""Plain objects to typed ones. What does not fit its type is left out by name; the rest of the object stays."""

import re
from typing import Any

import msgspec

from gitops_master.model.kubernetes import CustomResource
from gitops_master.model.meta import Object, Ref
from gitops_master.model.registry import TYPES
from gitops_master.model.snapshot import Gap

MAX_REPAIRS = 25
"""An object with more wrong fields is something else than its kind says; each repair decodes it again."""

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl apply copies the whole object in here, a Secret's values included."""

_ERROR = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


def decoded(data: dict[str, Any], kind: str, where: str) -> tuple[Object | None, list[Gap]]:
    """The typed object, and a gap for each field that did not fit. Owns `data` and changes it.

    None, with a gap for the whole kind, where there is no name: nobody can say which object is missing then.
    """
    metadata = data.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(name, str) or not name:
        return None, [Gap(kind, f"{where}: an object without metadata.name")]
    type_ = TYPES.get(kind, CustomResource)
    try:
        return msgspec.convert(data, type_), []
    except msgspec.ValidationError as error:
        return _Repair(data, type_, kind).run(str(error))


def without_values(data: dict[str, Any]) -> None:
    """Take every value out of a Secret, before anything else looks at it. Of its data the names of the keys stay."""
    held = data.pop("data", None)
    if isinstance(held, dict):
        data["keys"] = sorted(map(str, held))
    data.pop("stringData", None)
    metadata = data.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if isinstance(annotations, dict):
        annotations.pop(LAST_APPLIED, None)


class _Repair:
    """Takes out one wrong field after the other until the object fits its type."""

    def __init__(self, data: dict[str, Any], type_: type[Object], kind: str) -> None:
        self._data = data
        self._type = type_
        self._kind = kind
        metadata = data["metadata"]
        namespace = metadata.get("namespace")
        self._identity = {"name": metadata["name"], "namespace": namespace if isinstance(namespace, str) else ""}
        self._object = str(Ref(kind, self._identity["namespace"], self._identity["name"]))
        self._taken: dict[int, list[int]] = {}
        self._gaps: list[Gap] = []
        self._narrowed: list[tuple[dict[str, Any], dict[str, Any]]] = []

    def run(self, problem: str) -> tuple[Object, list[Gap]]:
        self._drop_nulls(self._data)
        for _ in range(MAX_REPAIRS + 1):
            error = self._problem()
            if error is None:
                return msgspec.convert(self._data, self._type), self._gaps
            if not self._take_out(problem := error):
                break
        match = _ERROR.fullmatch(problem)
        reason = f"does not fit its kind ({match['reason'] if match else problem}); only its name was kept"
        return self._bare(), [Gap(self._kind, reason, self._object)]

    def _bare(self) -> Object:
        head = {key: self._data.get(key) for key in ("apiVersion", "kind")}
        return msgspec.convert({**head, "metadata": self._identity}, self._type)

    def _problem(self) -> str | None:
        try:
            msgspec.convert(self._data, self._type)
        except msgspec.ValidationError as error:
            return str(error)
        return None

    def _take_out(self, problem: str) -> bool:
        match = _ERROR.fullmatch(problem)
        steps: list[str] = [first or second for first, second in _STEP.findall(match["path"] or "")] if match else []
        if match is None or not steps or len(self._gaps) >= MAX_REPAIRS:
            return False
        holder, key, shown = self._locate(steps, problem)
        self._widen()
        if key is None:
            return False
        if isinstance(holder, list):
            self._taken.setdefault(id(holder), []).append(self._original(holder, key))
        del holder[key]
        self._gaps.append(Gap(self._kind, match["reason"], self._object, shown.lstrip(".")))
        return True

    def _locate(self, steps: list[str], problem: str) -> tuple[Any, Any, str]:
        """The container of the wrong value, its key in there (None: not found), and its path as people write it."""
        holder: Any = self._data
        shown = ""
        for number, step in enumerate(steps, start=1):
            key = self._key(holder, step, problem)
            if key is None:
                break
            shown += self._shown(holder, key, step)
            if number == len(steps):
                return holder, key, shown
            holder = holder[key]
        return holder, None, shown

    def _key(self, holder: Any, step: str, problem: str) -> Any:
        """The key or index that a step of msgspec's path stands for; it writes `[...]` for a key of a free mapping."""
        if isinstance(holder, list):
            return int(step) if step.isdecimal() and int(step) < len(holder) else None
        if not isinstance(holder, dict):
            return None
        return self._culprit(holder, problem) if step == "..." else (step if step in holder else None)

    def _culprit(self, holder: dict[str, Any], problem: str) -> str | None:
        """The first key whose value causes the problem, by halving. Leaves only that one until `_widen`."""
        everything = dict(holder)
        self._narrowed.append((holder, everything))
        keys = list(everything)
        while len(keys) > 1:
            half = keys[: len(keys) // 2]
            _refill(holder, {key: everything[key] for key in half})
            keys = half if self._problem() == problem else keys[len(half) :]
        _refill(holder, {key: everything[key] for key in keys})
        return keys[0] if keys else None

    def _widen(self) -> None:
        for holder, everything in self._narrowed:
            _refill(holder, everything)
        self._narrowed.clear()

    def _drop_nulls(self, value: Any) -> None:
        """Absent and null are the same to the API. A null in a list names nothing and goes too."""
        if isinstance(value, dict):
            for key in [key for key, held in value.items() if held is None]:
                del value[key]
        elif isinstance(value, list):
            if nulls := [index for index, held in enumerate(value) if held is None]:
                self._taken[id(value)] = nulls
                value[:] = [held for held in value if held is not None]
        else:
            return
        for held in value.values() if isinstance(value, dict) else value:
            self._drop_nulls(held)

    def _shown(self, holder: Any, key: Any, step: str) -> str:
        if isinstance(holder, list):
            return f"[{self._original(holder, key)}]"
        return f'["{key}"]' if step == "..." else f".{key}"

    def _original(self, holder: list[Any], index: int) -> int:
        """Where the element stood before others were taken out."""
        for taken in sorted(self._taken.get(id(holder), ())):
            index += taken <= index
        return index


def _refill(holder: dict[str, Any], content: dict[str, Any]) -> None:
    holder.clear()
    holder.update(content)
