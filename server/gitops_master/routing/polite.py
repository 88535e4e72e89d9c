"""The polite beginning of a clause: greetings, and the many ways to ask somebody for something.

`Would you mind …`, `any chance someone could …`, `I would really appreciate help with …` wrap a wish; `may I …`, `is it safe to …` ask
whether it can be done, and `tell me …` hands a question on. All of it is taken off before the rest is read.
"""

from collections.abc import Sequence

import msgspec

from gitops_master.routing.lexicon import WORDS
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

POLITE = words("""hey hi hello yo please pls plz ok okay so um uh hmm well quick question sorry thanks also and then team folks
    guys btw now actually just dear kindly hallo hola salut ciao bonjour oi bitte mal eben alright right yes yeah
    again maybe perhaps basically simply anyway finally good morning afternoon evening guten morgen tag
    everyone mate por favor s'il te vous plait stp svp favore ora adesso jetzt ahora agora
    maintenant eh e y et und sre ops first firstly second secondly next lastly hej tack moin servus merhaba lutfen""")
_REQUESTS = (
    "i would like you to", "i would like to", "i would love to", "i would love", "i would like", "we would like to", "we would like", "it would be lovely to", "it would be nice to", "it would be great to", "it would be good to", "would be nice to", "would be great to", "i would appreciate",
    "i want you to", "i need you to", "i want to", "i need to", "i have to", "we need to", "we want to", "we have to",
    "let us", "let me", "you can", "you could", "you should", "you must", "we should", "we must", "someone please",
    "we kindly ask you to", "i kindly ask you to", "we ask you to", "i ask you to", "i would ask you to", "i would kindly ask you to", "we would ask you to", "i must ask you to", "i request you to", "kindly ask you to",
    "go ahead and", "feel free to", "time to", "it is time to", "time we",
    "feel like", "do you feel like", "do you fancy", "fancy", "care to", "up for", "we are trying to", "anyone up for", "let somebody", "have somebody", "have someone", "get someone to", "get somebody to",
    "kannst du", "konntest du", "konnen sie", "konnten sie", "konnen wir", "puedes", "podrias", "peux-tu", "peux tu", "pouvez-vous", "pourrais-tu", "tu peux", "pode", "poderia",
    "voce pode", "puoi", "potresti", "kun je", "kan je", "kunt u", "mozesz", "czy mozesz", "quiero", "queremos", "je veux", "je voudrais", "quero", "voglio", "vorrei", "ich will", "ich mochte",
    "kan du", "kann jemand", "konnte jemand", "kan iemand", "alguien puede", "alguem pode", "qualcuno puo", "quelqu'un peut", "czy ktos moze", "wurdest du", "wurden sie", "pourriez-vous", "puede alguien", "podria alguien",
    "mind", "be able to", "you might be able to", "might be able to", "help me understand", "help us understand", "please be able to", "ich will nur", "going to", "i am trying to", "i said", "i asked you to", "i told you to", "i meant", "i only want to", "trying to", "i am looking to", "we are looking to", "want to", "need to", "be so kind as to", "be so kind and", "you to", "necesito", "preciso", "ik wil", "chce",
)  # fmt: skip
_POSSIBLE = (
    "can i", "can we", "could i", "could we", "may i", "may we", "should i", "should we", "shall i", "shall we", "is it possible to", "is it ok to", "is it okay to",
    "is it safe to", "is there a way to", "is there any way to", "am i able to", "am i allowed to", "are we able to", "can one", "does kargo support", "can kargo", "kann ich", "konnen wir", "darf ich",
    "puedo", "podemos", "est-ce que je peux", "je peux", "on peut", "peut-on", "posso", "kan ik", "moge", "czy moge", "would it be possible to", "is it fine to", "is it possible", "soll ich", "sollen wir",
    "are we good to", "are we ready to", "is it time to", "good to", "ready to", "ok to", "safe to", "konnte ich", "konnten wir", "i could", "koennte ich", "what could i", "might i", "might we", "are we clear to", "am i good to", "is it cool to", "are we allowed to",
)  # fmt: skip
_TOLD = (
    "would you say", "would you say that", "do you think", "do you think that", "do you believe", "do you reckon", "do you know", "do we know", "does anyone know", "does anybody know", "tell me", "i wonder", "may i ask", "let us know", "let me know", "i only want to know", "can i ask", "i was wondering", "any idea", "any clue", "does this mean that", "does that mean that", "does this mean", "does that mean", "does it mean that", "does it mean", "so does that mean",
    "i would like to know", "i want to know", "i need to know", "can you tell me", "could you tell me", "might i know", "may i know",
)  # fmt: skip
_SORTED = {
    flag: sorted((tuple(one.split()) for one in listed), key=len, reverse=True)
    for flag, listed in (("is_told", _TOLD), ("is_possible", _POSSIBLE), ("is_requested", _REQUESTS))
}
_ABOUT = words("regarding re about concerning as")
_MODAL = words("can could would will might may")
_ASKED = words("you someone somebody anyone anybody u ya folks guys")
_LEADING = (
    "could use", "i could use", "we could use", "i can use", "can use", "in need of", "is there someone who", "is there anyone who", "is there somebody who", "is there anybody who", "is anyone", "is someone", "is anybody", "anyone", "someone", "somebody", "anybody", "any chance", "is there any chance", "is there a chance", "any way", "is there any way", "is there a way", "do you think", "do you reckon", "would it be possible that", "is it possible that", "i wonder if",
    "i was wondering if", "wondering if", "i was wondering whether", "i was hoping", "hoping", "we were hoping", "may i ask", "might i ask", "can i ask", "could i ask", "may i kindly ask", "could i kindly ask", "can i bother", "could i bother", "could i trouble", "can i trouble", "can i get", "could i get", "can we get", "may i bother",
    "i would love it if", "would love it if", "it would be", "would be", "i would be", "we would be", "that would be", "i would", "we would", "would", "if", "much appreciated if", "happy if", "great if", "i need", "we need", "i want", "i would like", "we would like", "need", "looking for",
)  # fmt: skip
_LEADS = sorted((tuple(one.split()) for one in _LEADING), key=len, reverse=True)
_MIDDLE = words("""most extremely deeply really very much truly greatly kindly please possibly maybe perhaps quickly just also be able to mind like love appreciate
    grateful thankful happy glad willing free up care for it some great nice lovely cool awesome good super amazing brilliant fantastic
    if you someone somebody anyone anybody u ya so kind as could would can might to help me us with in of a hand hoping""")
_VERBS = frozenset(
    [
        "MOVE",
        "BACK",
        "STOP",
        "APPROVE",
        "VERIFY",
        "LOOK",
        "AGAIN",
        "RUN",
        "TURN",
        "SETUP",
        "CONFIGURE",
        "SHOW",
        "HELP",
        "CAUSE",
    ]
)
_HELP = frozenset(["help me", "help us"])
_SURE = words("you someone somebody anyone anybody u ya help appreciate grateful love hand")
"""Words of which one has to stand in a polite beginning that is put together: it speaks to somebody."""


def strip(tokens: list[Token]) -> tuple[list[Token], frozenset[str]]:
    """(what is left of a clause without its polite beginning, how it began: is_told, is_possible, is_requested)."""
    flags: set[str] = set()
    for _ in range(6):
        before = len(tokens)
        tokens = _greeted(tokens)
        texts = tuple(one.text for one in tokens[:9])
        found = [(len(hit), flag) for flag, known in _SORTED.items() if (hit := _begins(texts, known))]
        found.append((_wrapped(tokens), "is_requested"))
        taken, flag = max(found, key=lambda one: one[0])
        if taken and not (len(tokens) > taken and tokens[taken].word == "not"):
            flags.add(flag)
            tokens = tokens[taken:]
        if len(tokens) == before:
            break
    return tokens, frozenset(flags)


def _begins(texts: tuple[str, ...], known: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    return next((one for one in known if texts[: len(one)] == one), ())


def _greeted(tokens: list[Token]) -> list[Token]:
    while (
        tokens
        and (tokens[0].word in POLITE or tokens[0].has("FILLER"))
        and not tokens[0].has("STAGE", "APP", "VERSION")
        and not (len(tokens) > 1 and tokens[0].has("GOOD") and len(tokens) < 3)
    ):
        tokens = tokens[1:]
    return tokens


def _wrapped(tokens: Sequence[Token]) -> int:
    """How many words at the beginning only ask somebody: `could anybody`, `would you be up for`, `any chance someone could`."""
    texts = [one.text for one in tokens[:14]]
    at = 0
    if len(texts) > 2 and texts[0] in _MODAL and texts[1] in _ASKED:
        at = 2
        spoken = True
    elif (
        len(texts) > 3
        and texts[0] in {"are", "is"}
        and texts[1] in _ASKED
        and texts[2] in {"able", "up", "free", "willing", "around", "happy", "available"}
    ):
        at, spoken = 3, True
    else:
        lead = next((one for one in _LEADS if tuple(texts[: len(one)]) == one), ())
        at, spoken = len(lead), lead[-1:] == ("who",)
        if not lead:
            return 0
    while at < len(texts) and ((texts[at] in _MIDDLE or texts[at] in _HELP) or tokens[at].has("FILLER")):
        if tokens[at].has("STAGE", "APP", "VERSION"):
            break
        spoken = (
            spoken
            or texts[at] in _SURE
            or texts[at] in _HELP
            or tokens[at].word.startswith("if_you")
            or (texts[at - 1] in {"chance", "way"} and texts[at] in {"to", "of"})
        )
        at += 1
    return at if spoken and at < len(tokens) else 0


def as_command(token: Token) -> Token:
    """`moving` behind `would you mind`: with the senses of the verb that it is a form of."""
    text = token.word
    if not text.endswith("ing") or len(text) < 6 or token.has("STAGE", "APP", "VERSION", "MOVE"):
        return token
    stem = text[:-3]
    for verb in (stem, f"{stem}e", stem[:-1] if stem[-1] == stem[-2] else stem):
        if senses := WORDS.get(verb, frozenset()) & _VERBS:
            return msgspec.structs.replace(token, text=verb, word=verb, senses=senses)
    return token


def led_in(tokens: list[Token]) -> list[Token]:
    """`in webshop, is dev healthy`: without where or of what, if a question or a command follows."""
    if len(tokens) < 4 or not (tokens[0].has("IN") or tokens[0].word in _ABOUT):
        return tokens
    at = 1
    while (
        at < 5
        and at < len(tokens)
        and (
            tokens[at].word in {"the", "our", "stage", "project", "app", "to"}
            or tokens[at].has("PROJECT", "STAGE", "APP", "PROJECTWORD")
        )
    ):
        at += 1
    named = any(one.has("PROJECT", "STAGE", "APP") for one in tokens[:at])
    return (
        tokens[at:]
        if named and at < len(tokens) and tokens[at].has("ASKVERB", "WHY", "WHAT", "HOWTO", "CAUSE")
        else tokens
    )
