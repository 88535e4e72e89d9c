"""What a clause asks: versions across the pipeline, or how one Stage is."""

from itertools import pairwise

from gitops_master.routing.moving import has_goal, moves
from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.wish import OURS, Wish

_HOLDS = words("runs running serves serving hosts contains carries on has")
_PIPELINE = words("pipeline pipelines the a an my our about something on in of environments stages everywhere it is")


def verification(s: Senses) -> Wish | None:
    wanted = Wish("wish", "VERIFY")
    if s.is_yes_or_no and not s.is_possible:
        return None
    acts = s.verbs("AGAIN", "RUN", "STOP", "MOVE", "TURN")
    if s.has("VERIFICATION") and acts and not (s.has("PROMOTION") and s.has("STOP")):
        return wanted
    if [at for at in s.verbs("AGAIN") if s.tokens[at].has("VERIFY")]:
        return wanted
    return None


def view(s: Senses) -> Wish | None:
    """Versions across the pipeline, and what is available."""
    return Wish("wish", "PROMOTE", is_view=True) if _could_take(s) else _view(s)


def _view(s: Senses) -> Wish | None:
    wanted = Wish("wish", "PROMOTE", is_view=True)
    if (
        s.verbs("BACK", "APPROVE")
        or (moves(s) and not s.first.word.startswith("what_"))
        or s.words("its")
        or _is_past(s)
    ):
        return None
    stages = s.count("STAGE")
    asked = s.asks_what or s.has("SHOW") or s.is_told
    if (
        asked
        and not s.clause.is_embedded
        and (s.has("AVAILABLE") or len(s.where("WHAT")) > 1 or (s.first.has("WHAT") and s.has("MOVE")))
    ):
        return wanted
    if s.has("AVAILABLE") and not (
        s.words("available", "disponible", "verfugbar") and stages and not s.has("FREIGHT", "VERSION")
    ):
        return wanted if not s.has_symptom or s.has("FREIGHT") else None
    if s.has("ACROSS"):
        if all(one.word in _PIPELINE or not one.senses for one in s.tokens) and not s.clause.is_asked:
            return None
        if s.is_yes_or_no and s.has("GOOD", "BAD") and not s.words("behind", "ahead", "where"):
            return None
        if s.has_symptom and not s.has("FREIGHT", "VERSION"):
            return None
        asks = s.first.has("ACROSS") and (
            s.first.word.startswith("which_")
            or s.first.word.endswith(("_matrix", "_table"))
            or s.first.word in {"overview", "all_stages"}
        )
        return wanted if asks or s.has(*OURS, "MOVED", "SHOW", "STATUS", "WHAT") else None
    if _asks_how_far(s):
        return wanted
    if s.is_yes_or_no or s.has_symptom:
        return None
    if s.has("FREIGHT") and not stages and len(s.tokens) < 3 and s.clause.is_asked:
        return wanted
    if s.has("FREIGHT", "PROMOTION") and asked and stages != 1:
        return wanted
    return wanted if s.asks_what and stages > 1 else None


def _could_take(s: Senses) -> bool:
    """`a list of the Freight that preprod could take`, `which builds may qa have`."""
    if not s.has("FREIGHT") or s.has("VERSION") or not (s.has("SHOW", "WHAT") or s.is_told):
        return False
    could = any(one.word in {"can", "could", "may", "might", "would", "able", "allowed"} for one in s.tokens)
    return (
        could and s.has("STAGE") and s.words("take", "accept", "get", "receive", "have", "pick", "use", "pull", "given")
    )


def _is_past(s: Senses) -> bool:
    """`which freight did we deploy to prod last`: asks what came there, not what may."""
    return (
        s.count("STAGE") == 1
        and s.first.has("WHAT")
        and any(
            one.word in {"did", "have", "has", "was", "were"} and (later.has("WE") or later.has("MOVED"))
            for one, later in pairwise(s.tokens)
        )
        and s.words("last", "most", "latest", "recently", "lately", "today", "yesterday", "now", "previously", "there")
    )


def _asks_how_far(s: Senses) -> bool:
    """`how far has 1.2 got`, `which freight has not reached prod yet`, `list the freight ready for prod`."""
    if s.has("BAD"):
        return False
    if s.has("FREIGHT") and s.has("SHOW") and s.words("ready", "eligible", "approved") and not s.is_yes_or_no:
        return True
    if s.first.word == "how_far":
        return s.has("VERSION", "FREIGHT") or s.words("it", "that", "this")
    asks = s.first.word in {"which", "what"} and s.tokens[1:2] and s.tokens[1].has("FREIGHT")
    return bool(asks) and s.has("FREIGHT") and s.is_bad


def _takes(s: Senses) -> bool:
    """`may I have 1.2 in qa`, `can qa get what dev has`: a wish for Freight, though it asks."""
    named = s.has("VERSION", "FREIGHT")
    if s.is_possible and s.first.word in {"have", "get"}:
        return named and s.has("STAGE")
    if s.first.word not in {"can", "could"} or len(s.tokens) < 4 or s.has("SETTING", "AUTO"):
        return False
    gets = s.tokens[1].has("STAGE") and s.tokens[2].word in {"have", "get", "take", "receive"}
    return gets and (named or s.has("WHAT") or s.words("same", "it"))


def question(s: Senses) -> Wish | None:
    """Yes or no about a state; what is in one Stage."""
    if _takes(s):
        return Wish("wish", "PROMOTE", is_forward=True)
    if s.is_possible and (
        s.has("MOVE", "BACK", "APPROVE", "STOP") or (s.first.word in {"request", "order"} and has_goal(s))
    ):
        return None
    wanted = Wish("wish", "VERIFY")
    if s.tokens and s.first.word in {"about", "how_about"} and len(s.tokens) == 2 and s.tokens[1].has("STAGE", "APP"):
        return wanted
    if s.is_yes_or_no:
        if (
            s.first.word in {"can", "could", "may", "should", "shall", "will"}
            and s.has("MOVE", "MOVED", "BACK")
            and s.has("VERSION", "STAGE", "FREIGHT")
            and not s.is_bad
        ):
            return Wish("wish", "PROMOTE", is_forward=True)
        return wanted if s.is_bad or s.has(*OURS, "GOOD", "BAD", "STATUS", "MOVED") else None
    if (s.asks_what or s.is_told) and s.words("there", "its", "it") and s.has("GOOD", "MOVED", "FREIGHT"):
        return wanted
    if (s.asks_what or s.has("SHOW")) and s.words("there", "it", "that") and s.words(*_HOLDS):
        return wanted
    if (
        s.has("WISHWORD")
        and s.has("FREIGHT")
        and s.count("STAGE") == 1
        and not s.verbs("MOVE", "BACK", "TURN")
        and not has_goal(s)
    ):
        return wanted
    if (s.asks_what or s.has("SHOW")) and not moves(s):
        if s.has_symptom and not s.has("GOOD", "FREIGHT", "VERSION"):
            return Wish("wish", "DIAGNOSE")
        if s.has("STAGE", "APP", "VERIFICATION", "STATUS") or (s.has("PROMOTION") and s.has("SHOW")):
            return wanted
    return None
