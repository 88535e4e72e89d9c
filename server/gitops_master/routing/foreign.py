"""What is not our business: everyday things, other tools."""

from collections.abc import Sequence

from gitops_master.routing.lexicon import CAREER, CERTAIN, HARD, SOFT, SPELT_RIGHT
from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

_WRITING = words("write tell compose translate sing draw draft explain")
_FILM = words(
    "film films movie movies actor actors actress cinema directed oscar oscars soundtrack sequel novel plays starring"
)
_AT_HOME = words("staging stage test testing sandbox acceptance canary live")
_HOME = words("house home homes apartment flat furniture selling photos photo play kids bird dog wedding room sofa")
_OURS = words(
    "APP VERSION PROJECT PRODUCT MOVE MOVED BACK VERIFY STOP WHY CAUSE BAD GOOD STATUS AGAIN FREIGHT PROMOTION VERIFICATION SETTING"
)


def is_foreign_clause(s: Senses) -> bool:
    """Speaks of everyday things or of other tools, and of nothing here."""
    if s.has("STAGE", "APP", "VERSION", "PROJECT", "PRODUCT"):
        return any(one.word in HARD for one in s.tokens) and s.first.word in _WRITING
    if any(one.word in HARD for one in s.tokens):
        return not any(one.word in CERTAIN for one in s.tokens) or s.first.word in _WRITING
    return any(one.word in SOFT for one in s.tokens) and not s.has("FREIGHT", "VERIFICATION", "SETTING")


def _is_film(words: Sequence[str]) -> bool:
    """`who directed the film argo`: what has the name of a product elsewhere."""
    named = {"argo", "helm", "flux"} & set(words)
    return bool(named) and any(word in _FILM for word in words) and not any(word in CERTAIN - named for word in words)


def _is_of_home(tokens: Sequence[Token]) -> bool:
    """`staging ideas for my flat`: a word that is an environment here begins something of everyday life."""
    first = next((one for one in tokens if not one.is_mark), None)
    if first is None or first.text not in _AT_HOME or len(tokens) < 3:
        return False
    ours = any(one.has(*_OURS) for one in tokens if one is not first and one.word != "a")
    strange = sum(one.word in HARD or one.word in _HOME for one in tokens)
    return not ours and strange > 0


def is_foreign(tokens: Sequence[Token]) -> bool:
    """Whether a whole text is about something else: everyday words or other tools, and nothing that only we speak of."""
    words = [one.word for one in tokens]
    if _is_film(words) or _is_of_home(tokens):
        return True
    everyday = sum(word in HARD for word in words)
    names = [one for one in tokens if one.has("STAGE", "APP", "VERSION", "PROJECT")]
    if any(one.text not in SPELT_RIGHT for one in names) or any(one.has("PRODUCT") for one in tokens):
        return False
    if any(word in CAREER for word in words) and not names:
        return not any(word in CERTAIN for word in words if not word.startswith("promotion"))
    if any(word in CERTAIN for word in words) or len(names) > everyday // 2:
        return False
    return bool(everyday) or (
        any(word in SOFT for word in words)
        and not any(one.has("FREIGHT", "VERIFICATION", "SETTING", "PROMOTION", "STAGEWORD") for one in tokens)
    )
