"""A first `.gitops-config.yaml` from what was found: each value with what told it, and what nobody told as a comment to fill in."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from gitops_master.config_file import COMMANDS, KEYS, NAME, parse
from gitops_master.facts.durations import stamp
from gitops_master.model.environment import Certainty, EnvironmentAnswer, ValueState
from gitops_master.model.errors import UnreadableInput
from gitops_master.model.given import Given

NOTHING: Mapping[str, Given] = MappingProxyType({})


def draft(answer: EnvironmentAnswer, given: Mapping[str, Given] = NOTHING) -> str:
    """The file's text. What it says, not what its comments say, is what `config_file.parse` reads from it again.

    `given`: the commands as they were given, which answers show without what may be secret. One with a password is left out.
    """
    lines = [
        f"# {NAME}, drafted by `gitops-master discover --write-config`",
        *([f"# from {_words(answer.context)}, {stamp(answer.observed_at)}"] if answer.observed_at else []),
        "# Every key is optional: what is not told is discovered. Check the values, and delete what is not worth fixing.",
    ]
    for key in KEYS:
        if key != "kargo_namespace":  # the project's name by another name; one of the two is enough
            lines += [
                "",
                f"# {KEYS[key].meaning}",
                *_lines(_value(key, answer, given)),
            ]
    return "\n".join(lines) + "\n"


def _value(key: str, answer: EnvironmentAnswer, given: Mapping[str, Given]) -> ValueState:
    if key == "kargo_project":
        return _project(answer)
    told = answer.value(key)
    if key not in COMMANDS or key not in given:
        return told
    is_secret = "***" in told.value
    update = {"value": "" if is_secret else given[key].value, "note": "it holds a password" if is_secret else told.note}
    return told.model_copy(update=update)


def _project(answer: EnvironmentAnswer) -> ValueState:
    """The name that exists, where the two that were given differ."""
    named = [answer.value("kargo_namespace"), answer.value("kargo_project")]
    best = next((one for one in named if one.value and not one.note), named[0])
    return best.model_copy(update={"key": "kargo_project"})


def _lines(one: ValueState) -> Iterator[str]:
    if one.source:
        yield f"# {one.certainty.value}: {_words(one.source)}{f' ({_words(one.note)})' if one.note else ''}"
    if one.alternatives:
        yield f"# {'also' if one.value else 'one of'}: {_words(', '.join(one.alternatives))}"
    # The name of a context is each user's own: only one that was given is worth passing on.
    is_told = one.certainty is Certainty.GIVEN or (one.certainty is Certainty.FOUND and one.key != "context")
    line = f"{one.key}: {json.dumps(one.value, ensure_ascii=False)}"
    if is_told and _reads_back(line, one):
        if one.key in COMMANDS:
            yield "# Whoever uses this file has to allow the command once: gitops-master trust"
        yield line
    else:
        shown = one.value if one.value and _reads_back(line, one) else KEYS[one.key].example
        yield f"# {one.key}: {json.dumps(shown)}"


def _reads_back(line: str, one: ValueState) -> bool:
    """A name from the cluster may be none that the file takes."""
    try:
        return parse(line.encode()) == {one.key: one.value}
    except (UnreadableInput, UnicodeEncodeError):
        return False


def _words(text: str) -> str:
    """Within one line of a comment, whatever it holds."""
    return " ".join(text.split()).encode("ascii", "backslashreplace").decode()
