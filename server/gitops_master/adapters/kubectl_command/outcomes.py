"""What a call came to: a reply, or a reason why nothing can be asked at all."""

from typing import NamedTuple

from gitops_master.adapters.kubectl_command.calls import Call
from gitops_master.adapters.kubectl_command.frames import OVER, Frame
from gitops_master.adapters.kubectl_command.process import Ended
from gitops_master.adapters.kubectl_command.said import last_words, login_hint, never_logged_in, understood
from gitops_master.adapters.kubectl_command.table import metadata_json
from gitops_master.model.errors import Unreachable
from gitops_master.ports.api import Reply

_TIMED_OUT = 124
"""What `timeout` ends with, where the far side has it."""


_SENDS_AGAIN = "Got a Retry-After"
"""client-go rest/with_retry.go, from verbosity 4 on."""
RESENT = "kubectl sent it more than once, as an answer asked it to, and the last one was"


class Outcome(NamedTuple):
    """`hopeless`: no other call can do better; `hint`: what to do about it. `doubtful`: it may have been carried out."""

    reply: Reply
    hint: str = ""
    hopeless: bool = False
    doubtful: bool = False


def of_frame(call: Call, frame: Frame, title: str, max_body: int) -> Outcome:
    """A call that ended by itself."""
    said = frame.err.decode(errors="replace")
    if frame.code == OVER and call.relayed:  # kubectl prints nothing but what came with a success
        return Outcome(Reply(200, (frame.out,), truncated=True))
    if frame.code == OVER:
        return Outcome(Reply(0, problem=f"the answer is longer than {max_body} bytes, so it was not read"))
    if frame.code == _TIMED_OUT:
        return Outcome(Reply(0, problem=_with("kubectl did not end in time there", last_words(said))))
    if frame.code != 0:
        status, hint, hopeless = understood(frame.code, said)
        words = last_words(said) or f"kubectl ended with exit code {frame.code} and said nothing"
        if _SENDS_AGAIN in said:
            words = f"{RESENT}: {words}"
        return Outcome(Reply(status, problem=f"{title}: {words}" if hopeless else words), hint, hopeless)
    if call.table is None:
        return Outcome(Reply(201 if call.body else 200, (frame.out,)))
    try:
        return Outcome(Reply(200, (metadata_json(frame.out, call.table),)))
    except ValueError as error:
        return Outcome(Reply(0, problem=str(error)))


def of_silence(ended: Ended, title: str, deadline_s: float, *, nonce: str = "", answered: bool = False) -> Outcome:
    """A call of which nothing came, or not all. `answered`: others that the same command ran did get through."""
    said = ended.stderr.decode(errors="replace")
    words = last_words(said, without=nonce)
    if not ended.in_time:
        return Outcome(Reply(0, problem=_with(f"no answer within {deadline_s:g} s: {title}", words)))
    end = "was ended" if ended.code is None or ended.code < 0 else f"ended with exit code {ended.code}"
    if answered:
        return Outcome(Reply(0, problem=_with(f"{title} {end} before all had come", words)))
    hint = login_hint(said) if ended.code else "it has to end in a shell that takes one more argument, a script"
    doubtful = ended.code not in (126, 127) and not never_logged_in(said)
    return Outcome(Reply(0, problem=_with(f"{title} {end} without an answer", words)), hint, True, doubtful)


def of_error(error: Unreachable) -> Outcome:
    """A program that does not start."""
    return Outcome(Reply(0, problem=error.message), error.hint, hopeless=True)


def _with(problem: str, words: str) -> str:
    return f"{problem}: {words}" if words else problem
