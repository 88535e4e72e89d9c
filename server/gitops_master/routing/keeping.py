"""Whether Freight is to be kept out of somewhere: said with a negation, it is a wish all the same."""

from collections.abc import Sequence

from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

_TRAVELS = words("""go goes going get gets reach reaches move moves enter enters land lands arrive make proceed advance leave
    leaves continue progress pass slip deployed promoted shipped released promote deploy ship""")


def keeps_out(tokens: Sequence[Token]) -> bool:
    """`don't let 1.2 into prod`, `make sure it does not reach prod`, `nothing goes to prod`: Freight is to be stopped."""
    spoken = [one.word for one in tokens]
    if not any(one.has("STAGE", "VERSION", "FREIGHT", "PROMOTION") for one in tokens):
        return False
    if any(one.has("AUTO", "SETTING", "WHY") for one in tokens):
        return False
    if spoken[0] in {"keep", "block", "bar", "hold", "prevent", "keep_out"} and any(
        one.has("FROM") or one.word == "out" for one in tokens
    ):
        return True
    lets = [at for at, word in enumerate(spoken) if word in {"let", "allow", "permit"} and at]
    if any(tokens[at - 1].has("NOT") and at < 3 for at in lets):
        return True
    nots = [at for at, one in enumerate(tokens) if one.has("NOT")]
    if not nots:
        return False
    travels = any(one.word in _TRAVELS for one in tokens[nots[0] :])
    if travels and any(one.word in {"make_sure", "ensure", "make_certain"} for one in tokens[: nots[0]]):
        return True
    heads = spoken[:1] and spoken[0] in {"nothing", "no"}
    orders = any(
        word in {"should", "may", "must", "shall", "can", "goes", "gets", "until", "for_now"} for word in spoken
    )
    return bool(heads) and travels and orders and any(one.has("TO") for one in tokens)
