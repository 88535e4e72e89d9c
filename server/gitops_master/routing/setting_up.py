"""Whether a clause ends in changed YAML, or asks how to configure something."""

import re
from itertools import pairwise

from gitops_master.routing.senses import Senses
from gitops_master.routing.spelling import words
from gitops_master.routing.wish import OURS, Wish

_WEAK = words("""use get give tell put want need have make like see set change update switch add allow split build go let swap
    remove needs wants give_me skip drop delete replace bump limit limits""")
_BEHAVES = words("""verify validate wait soak retry accept take open require ask run use check only auto-promote autopromote
    notify subscribe watch depend pull request track follow ignore skip promote""")
"""What a Stage does by its configuration."""
_ADJUSTING = words("change adjust tweak configure set limit control define specify tune modify reduce increase")
_SAMPLES = words(
    "example examples sample samples snippet boilerplate skeleton beispiel ejemplo exemple exemplo esempio voorbeeld przyklad ornek exempel"
)
_TUNING = words("adjust amend reconfigure tune tweak modify rewrite")
_ALTERING = _TUNING | words("change edit alter update set fix")
_IT = words("it that this them accordingly")
_AMOUNT = re.compile(r"^\d{1,4}(?:s|m|h|d|min|mins|sec|x|%)$")
_EVER = frozenset(["only", "always", "never", "automatically"])
_NUMBERS = words("one two three four five six seven eight nine ten fifteen twenty thirty sixty")
_CHANGED = words("set change add make allow limit update skip let remove delete drop replace split put give grant")
_CHANGING = words(
    "add remove delete change update replace set skip need needs wants make drop want build split put swap have require"
)


def set_up(s: Senses, *, has_yaml: bool) -> Wish | None:
    """The wish for configuration in a clause. `has_yaml`: YAML came with the request, and `is this right?` is about it."""
    if (has_yaml and _is_about_yaml(s)) or _asks_which_setting(s) or _makes_verify(s) or _names_new(s):
        return Wish("wish", "SETUP")
    if s.has("LINT") and s.has("YAML", "SETTING"):
        return Wish("wish", "SETUP")
    if _adjusts(s) or _moves_setting(s) or _prescribes(s) or _is_configurable(s):
        return Wish("wish", "SETUP")
    if s.tokens and s.tokens[-1].word == "how" and s.clause.is_asked:
        return Wish("wish" if s.has("SETTING", "AUTO") else "hint", "SETUP")
    if _behaves(s):
        return Wish("hint", "SETUP")
    if _makes_number(s) or _is_described(s) or _takes_from(s):
        return Wish("wish", "SETUP")
    if s.words("make", "set", "make_it") and s.words("it", "make_it") and not s.has("AGAIN", "GOOD", "MOVE", "STAGE"):
        return Wish("hint", "SETUP")
    if s.has("PROMOTION") and not s.has("SETTING") and s.words("create", "start", "trigger", "make"):
        return None
    if s.has("VERSION") and not s.has("SETTING", "NEWTHING", "YAML"):
        return None
    objects = s.has("SETTING", "AUTO") and (not s.has("AGAIN") or _settings_beside_retry(s))
    if _configures(s, objects):
        return Wish("wish", "SETUP")
    return Wish("hint", "SETUP") if objects and _is_bare(s) else None


def _is_about_yaml(s: Senses) -> bool:
    """What is said beside YAML: to change it, to look at it, or whether it is right."""
    if s.has("WHY"):
        return False
    if s.verbs("SETUP", "CONFIGURE", "HELP") or s.words("make_it"):
        return True
    looks = s.has("LINT", "VERIFY", "LOOK", "HELP", "SETTING", "NEWTHING") or s.is_yes_or_no
    return looks and not s.has("STAGE", "APP", "VERSION")


def _is_described(s: Senses) -> bool:
    """`change it: tolerate 2 % instead of 5`, `adjust it`, `prod should only accept …`: how something is to be from now on."""
    if s.has("VERSION", "WHY", "BACK", "MOVE") or s.is_yes_or_no or (s.is_denied and not s.words(*_ALTERING)):
        return False
    it = [later.word for one, later in pairwise(s.tokens) if one.word in _ALTERING and later.word in _IT]
    spoken = [one.word for one in s.tokens]
    if it and s.first.word in _ALTERING:
        if len(spoken) == 2 and spoken[0] in {"change", "alter", "edit"}:
            return True
        return spoken[0] in _TUNING or any(one.text[:1].isdigit() for one in s.tokens) or "so" in spoken
    return False


def _behaves(s: Senses) -> bool:
    """`our Warehouse should ignore tags ending in -rc`."""
    if s.clause.is_asked or s.has("VERSION", "WHY") or not s.has("NEWTHING", "STAGE", "SETTING"):
        return False
    return any(
        one.word in {"should", "must", "shall", "ought"} and (later.word in _BEHAVES or later.word in _EVER | {"not"})
        for one, later in pairwise(s.tokens)
    )


def _takes_from(s: Senses) -> bool:
    """`I'd like prod to take Freight straight from dev instead of via uat`: where a Stage's Freight comes from is configured."""
    if s.has("VERSION") or s.is_yes_or_no or s.clause.is_asked:
        return False
    takes = any(
        one.has("STAGE")
        and any(word.word in {"take", "accept", "request", "get", "receive", "source"} for word in rest)
        for one, *rest in zip(s.tokens, s.tokens[1:], s.tokens[2:], strict=False)
    )
    return takes and s.has("FREIGHT") and any(one.has("FROM") for one in s.tokens)


def _asks_which_setting(s: Senses) -> bool:
    """`which annotation do I need`."""
    asks = s.words("do", "does", "need", "needs", "should", "must", "have", "required", "can")
    return asks and s.asks_what and s.has("SETTING") and not s.has("STAGE", "BAD", "MOVED")


def _names_new(s: Senses) -> bool:
    following = [later for one, later in pairwise(s.tokens) if one.word == "new"]
    if any(one.has("NEWTHING") and not one.has("PROMOTION") for one in following) and not s.has("BAD", "RUN", "WHAT"):
        return not s.is_yes_or_no and not s.is_denied
    return (
        s.has("NEWNAME")
        and s.has("STAGEWORD", "NEWTHING")
        and s.words("new", "another", "additional", "named", "called", "need", "want")
    )


def _makes_number(s: Senses) -> bool:
    """`make it five`: a setting spoken of before gets another value."""
    return any(
        one.word in {"make_it", "set_it_to"} and (later.text[:1].isdigit() or later.word in _NUMBERS)
        for one, later in pairwise(s.tokens)
    )


def _is_configurable(s: Senses) -> bool:
    """`can qa be configured to skip it`."""
    made = words(
        "configured set_up changed told taught forced customized customised parametrized automated templated limited restricted"
    )
    return s.first.word in {"can", "could"} and any(
        one.word == "be" and later.word in made for one, later in pairwise(s.tokens)
    )


def _adjusts(s: Senses) -> bool:
    """`change how often it runs`, `show me an example of …`, `grant dana …`."""
    if any(one.word in _ADJUSTING and later.has("WHAT") for one, later in pairwise(s.tokens)):
        return s.has(*OURS)
    if any(one.has("SETTING") and _AMOUNT.match(later.text) for one, later in pairwise(s.tokens)) and not s.has(
        "VERSION"
    ):
        return not s.is_yes_or_no and not s.is_statement
    if s.words(*_SAMPLES):
        return s.has(*OURS) and not s.has("VERSION", "BAD")
    return s.words("grant", "revoke", "entitle") and not s.has("VERSION") and not s.is_yes_or_no


def _moves_setting(s: Senses) -> bool:
    """`move the soak time to 4h`."""
    return (
        not s.is_yes_or_no
        and not s.has("VERSION")
        and any(
            one.has("SETTING") and not one.has("VERIFICATION", "BAD", "AUTO", "AGAIN")
            for at in s.verbs("MOVE")
            for one in s.tokens[at + 1 : at + 3]
        )
    )


def _prescribes(s: Senses) -> bool:
    """`change qa so that it waits`, `make it verify with k6`, `enforce that prod only takes …`: what is to hold from now on."""
    if s.is_yes_or_no and not s.is_possible:
        return False
    words = [one.word for one in s.tokens]
    changing = [
        at for at in s.where("SETUP", "CONFIGURE", "TURN") if words[at] not in {"use", "tell", "see", "want", "need"}
    ]
    if changing and any(word == "so" or word.startswith("so_") for word in words[changing[0] :]):
        return True
    rules = len(words) > 3 and words[1] in {"should", "must", "may", "shall", "can"} and words[2] in _EVER
    if rules and s.first.has("STAGE") and not s.clause.is_asked:
        return True
    if s.words("enforce", "require", "mandate", "insist") and s.has(
        "STAGE", "FREIGHT", "VERIFICATION", "GOOD", "APPROVE"
    ):
        return True
    for at, one in enumerate(s.tokens[:-2]):
        follows = s.tokens[at + 1 : at + 5]
        if one.word in {"make", "have", "get", "let", "force", "teach", "configure", "make_it"} and at not in s.negated:
            place = 0 if one.word == "make_it" else 1
            is_it = place == 0 or follows[0].word == "it" or follows[0].has("STAGE")
            rest = [
                later for later in follows[place:] if later.word not in {"to", "also", "only", "first", "not", "always"}
            ]
            if (
                is_it
                and rest
                and rest[0].word in _BEHAVES
                and (s.has("HOWTO", "SETTING") or s.is_possible or s.is_requested or at == 0)
            ):
                return True
    return False


def _is_bare(s: Senses) -> bool:
    """Settings and nothing done with them: `retries for staging`."""
    if s.has_symptom or s.is_denied or s.is_yes_or_no or (s.has("WHAT", "SHOW") and s.has("STAGE")):
        return False
    if s.has("PROMOTION") and not s.first.has("SETTING"):
        return False
    return not s.has("VERIFY", "MOVE", "BACK", "RUN", "AGAIN", "STATUS", "MOVED", "GOOD")


def _makes_verify(s: Senses) -> bool:
    """`have staging verify that …`, `we want prod to accept only …`: how a Stage is to behave, not what is to be done now."""
    wished = s.is_requested or s.words("want", "have", "make", "let", "should", "must", "need", "like")
    if not wished or s.clause.is_asked:
        return False
    verbs = set(s.where("VERIFY"))
    for at, one in enumerate(s.tokens):
        if not one.has("STAGE") or len(s.tokens) < 5:
            continue
        if {at + 1, at + 2, at + 3} & verbs:
            return True
        follows = s.tokens[at + 1 : at + 4]
        behaves = len(follows) > 1 and follows[0].word in {"to", "should", "must"} and (at > 0 or s.is_requested)
        if behaves and not any(other.has("MOVE", "BACK", "MOVED", "GOOD", "STAGE", "VERSION") for other in follows[1:]):
            return not any(other.has("TO", "FROM", "MOVE") for other in s.tokens[max(at - 2, 0) : at])
    return False


def _settings_beside_retry(s: Senses) -> bool:
    """`add a retry` sets one; `retry it` does it again."""
    if (s.has("HOWTO") and s.has("CONFIGURE")) or any(
        s.tokens[at].word
        in {"add", "configure", "set", "increase", "set_up", "change", "enable", "need", "want", "put"}
        for at in s.verbs("SETUP")
    ):
        return True
    return any(not s.tokens[at].has("AGAIN", "VERIFICATION") for at in s.where("SETTING", "AUTO"))


def _told(s: Senses) -> bool:
    """`how should I tell beta to only accept …`."""
    return any(one.has("STAGE") and later.word == "to" for one, later in pairwise(s.tokens)) and not s.has("VERSION")


def _configures(s: Senses, objects: bool) -> bool:
    strong = [at for at in s.verbs("SETUP", "CONFIGURE") if s.tokens[at].word not in _WEAK]
    weak = [at for at in s.verbs("SETUP", "CONFIGURE") if s.tokens[at].word in _WEAK]
    about_state = s.is_yes_or_no and not s.is_possible and not s.clause.is_embedded
    if about_state and s.first.has("ASKVERB"):
        return s.has("HOWTO")
    if (
        s.has("HOWTO")
        and not s.has("MOVE", "BACK", "VERSION")
        and any(s.tokens[at].word in _CHANGED for at in s.verbs("SETUP"))
    ):
        return True
    if s.has("HOWTO") and s.words("tell", "teach", "instruct", "force", "get") and _told(s):
        return True
    if s.has("HOWTO"):
        moves = bool(s.verbs("MOVE", "BACK")) and not objects
        if moves and not s.has("CONFIGURE"):
            return False
        return (not s.has_fault or s.has("CONFIGURE")) and bool(objects or strong or s.has("CONFIGURE", "NEWTHING"))
    if strong and (
        objects or s.has("NEWTHING", "VERIFICATION", "STAGEWORD", "NEWNAME", "PRODUCT") or s.has("CONFIGURE")
    ):
        return not (s.has("PROMOTION") and not objects and not s.has("CONFIGURE"))
    changes = s.words(*_CHANGING) and s.has("NEWTHING", "VERIFICATION", "NEWNAME") and not s.has("AGAIN", "RUN")
    if weak and (objects or changes):
        return not (s.has("VERIFY") and s.words("need", "want", "needs", "wants") and not objects)
    if objects and (s.has("WISHWORD", "STOP", "TURN") or s.is_possible):
        return (
            not (
                s.has_symptom
                or (s.words("should") and any(one.has("GOOD") and one.text == one.word for one in s.tokens))
            )
            or s.is_possible
        )
    return s.has("YAML") and not s.has_symptom and not s.is_yes_or_no
