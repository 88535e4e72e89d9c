"""What `state --watch` shows: a picture that stays in place in a terminal, what has changed where the output is piped."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from difflib import SequenceMatcher
from typing import TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

from gitops_master.cli.console import stdout, styled
from gitops_master.facts.durations import human, stamp
from gitops_master.usecases.watch_state import Moment, ageless, lines_of

Show = Callable[[Moment], None]


class Printed:
    """First the whole state, then each change with its time: lines that came and went. What stays says nothing."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lines: list[str] | None = None
        self._problem = ""

    def __call__(self, moment: Moment) -> None:
        lines = lines_of(moment.answer)
        said = [*self._reached(moment), *self._changes(lines)]
        if said:
            self._out.write("".join(f"{line}\n" for line in [f"{stamp(moment.since or moment.read_at)}", *said, ""]))
            self._out.flush()
        self._lines = lines
        self._problem = moment.problem

    def _reached(self, moment: Moment) -> list[str]:
        if bool(moment.problem) == bool(self._problem):
            return []
        return [_unread(moment)] if moment.problem else ["read again"]

    def _changes(self, lines: list[str]) -> list[str]:
        before = self._lines
        if before is None:
            return lines
        match = SequenceMatcher(None, [ageless(one) for one in before], [ageless(one) for one in lines], autojunk=False)
        found: list[str] = []
        for tag, old, old_end, new, new_end in match.get_opcodes():
            if tag != "equal":
                found += [f"- {one}" for one in before[old:old_end] if one] + [
                    f"+ {one}" for one in lines[new:new_end] if one
                ]
        return found


class PrintedJson:
    """One JSON object a line, for each state that differs from the last; failing reads are told on stderr."""

    def __init__(self, out: TextIO, errors: TextIO) -> None:
        self._out = out
        self._errors = errors
        self._last = ""
        self._problem = ""

    def __call__(self, moment: Moment) -> None:
        data = moment.answer.dump()
        same = json.dumps({name: held for name, held in data.items() if name not in ("observed_at", "report")})
        if ageless(same) != self._last:
            self._out.write(json.dumps(data, ensure_ascii=False) + "\n")
            self._out.flush()
        if moment.problem and not self._problem:
            self._errors.write(f"{_unread(moment)}\n")
        self._last, self._problem = ageless(same), moment.problem


class Picture:
    """The state in place, and how old it is. Only the age moves by itself."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._moment: Moment | None = None

    def __call__(self, moment: Moment) -> None:
        self._moment = moment

    def render(self) -> Text:
        """Asked once a second."""
        moment = self._moment
        if moment is None:
            return Text("Reading")
        body = [styled(line) for line in lines_of(moment.answer)]
        age = human(self._clock() - moment.read_at)
        head = Text(f"Read {stamp(moment.read_at)}, {age} ago, in {moment.answer.context}; Ctrl-C ends", style="dim")
        note = [Text(_unread(moment), style="bold magenta")] if moment.problem else []
        return Text("\n").join([head, *note, Text(), *body])  # what does not fit is cut at the bottom


def _unread(moment: Moment) -> str:
    return f"{moment.problem}; shown is the state of {stamp(moment.read_at)}"


@contextmanager
def showing(*, as_json: bool, clock: Callable[[], datetime], console: Console | None = None) -> Iterator[Show]:
    """The way to show that fits where the output goes."""
    console = console or stdout()
    if as_json:
        yield PrintedJson(sys.stdout, sys.stderr)
    elif console.is_terminal:
        picture = Picture(clock)
        with Live(console=console, get_renderable=picture.render, refresh_per_second=1):
            yield picture
    else:
        yield Printed(sys.stdout)
