"""Whether a text speaks of delivery at all. What has no tie to it and is about something is not our business; what is about nothing
at all (`do the thing`) is unclear.
"""

from collections.abc import Sequence
from itertools import pairwise

from gitops_master.routing.environments import CANONICAL
from gitops_master.routing.lexicon import CERTAIN, HARD, SOFT, WORDS
from gitops_master.routing.loanwords import FILLERS
from gitops_master.routing.spelling import words
from gitops_master.routing.tokens import Token

_TECHNICAL = words("""api apis endpoint endpoints latency backend frontend microservice microservices server servers database db redis
    queue cpu memory ram disk oncall on-call pager incident incidents outage alert alerts alerting dashboard grafana datadog
    traffic requests users customers logs log metrics ci cd ci/cd pipelines workload workloads login
    checkout billing hotfix hotfixes patch artefact artefacts branch repo repository commit commits merge pr changelog
    devs qa sre sres ops devops platform infra infrastructure downtime sla slo health healthcheck registry docker oci
    tenant tenants region regions config configs env envs staging wiring prometheus k6 slack crd crds operator operators
    dns tls cert certificate certificates oauth dex sso token tokens build builds rc tag tags tolerate tolerated semver digest image images chart charts
    step steps gate gates timeout timeouts retry retries soak monorepo git gitlab github argocd-server redis-ha stuff-to-ship""")
_OWN = words("promote redeploy rollback rollout roll_out reverify verify_job undeploy repromote promoto") | frozenset(
    CANONICAL
)
_EVERYDAY = words("""service services app apps application applications image images version versions job role roles access label labels
    values example examples schedule steps step settings setting release releases tag tags test tests check checks policy secret secrets
    subscription notification notifications notice template rights wait waits replacement threshold container cluster node nodes""")
"""Our words that everybody uses."""
_EMPTY = words("""appreciate advise suggestion suggestions writing site disaster recovery the a an this that these those it its my our your his her their me us them him i we you he she they one ones some any all both
    each every another other others same such own self here there out over under about again against as by with than like yet already
    still maybe perhaps possible possibly could would should might may must can will shall cannot do does did done doing is are was
    were am be been being has have had having get gets got getting gotten let lets make makes made go goes going went come comes
    and or but then if so when while who whom whose what which where how why because since until till though although in on at of for to
    from into onto off up down out_of via per not no yes nope yeah yep yup nah never please pls plz kindly thanks thank thx ty cheers
    sorry hello hi hey hmm um uh well ok okay just only also too very really quick quickly asap now right away soon later
    today currently thing things stuff something anything everything nothing someone anyone somebody anybody everyone everybody talked discussed mentioned agreed spoke spoken promised described
    bit little much many lot lots more most less few handle help fix work works working need needs needed want wants wanted
    know tell say see look show try give take put keep usual last next new old previous first second idea question
    matter mean means please everything's bring brings done finished whatever way ways sure certain certainly actually
    understand waiting along explain explained bother trouble summary summarise summarize love like worry lovely live wondering curious report reports case time_being basically simply anyway btw fyi imo guys folks team mate dear morning evening afternoon good great nice wrong bad broken stuck
    again before after during between around even ever never always often once twice back forward ahead behind without within
    good better best worse fine happening happen happens happened going on think guess believe hope wonder wondering
    been else instead rather quite almost nearly exactly exact specific kind sort of part care care_of magic needful necessary
    usual rest magic finally eventually hold on stop start run sort wait run rerun check undo redo status state update
    problem problems issue issues error errors details info information list number plan change changes changed""")
_ENDINGS = (("s", ""), ("es", ""), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"))
_WEAK_TIES = ("FREIGHT", "VERIFICATION", "PROMOTION", "SETTING", "STAGEWORD", "APPWORD", "DOMAIN", "NEWNAME")
_NAMES = ("STAGE", "APP", "VERSION", "PROJECT", "PRODUCT")


def is_of_something_else(tokens: Sequence[Token], trust: int = 1) -> bool:
    """Whether what it speaks of is more strange than ours: `is it going to rain`, `set up a call with legal`.

    `trust`: how many strange words one of ours outweighs; more where it stands in a wish.
    """
    if any(one.has(*_NAMES) for one in tokens):
        return False
    said = [one for one in tokens if not one.is_mark]
    if any(one.word in CERTAIN and one.word not in {"sync", "synced"} for one in said):
        return False
    ties = sum(_tie(one, trust) for one in said)
    goes = any(one.has("MOVE") and other.has("TO") for one, other in pairwise(said))
    ties += goes and trust > 1
    strange = [one for one in said if _is_strange(one)]
    weight = sum(2 if one.word in HARD or one.word in SOFT else 1 for one in strange)
    is_sure = any(_tie(one, 2) == 2 for one in said)
    return weight > ties or (0 < weight == ties and trust == 1 and not is_sure)


def _tie(token: Token, trust: int) -> int:
    if token.word in _TECHNICAL or token.word in _EVERYDAY:
        return 1
    if token.has("MOVE", "BACK", "STOP", "VERIFY") and token.word not in _OWN:
        return 0
    return trust if token.has(*_WEAK_TIES) or _looks_technical(token.text) else 0


def _is_strange(token: Token) -> bool:
    """A word that says what is spoken of, and that is nothing here."""
    word = token.word
    if word in HARD or word in SOFT:
        return True
    if (
        token.senses
        or "_" in word
        or word in _EMPTY
        or word in _TECHNICAL
        or word in CANONICAL
        or word in FILLERS
        or len(word) < 2
    ):
        return False
    return not _looks_technical(token.text) and not any(
        word.endswith(ending) and word[: -len(ending)] + more in WORDS for ending, more in _ENDINGS
    )


def _looks_technical(text: str) -> bool:
    """`pay-api`, `qa2`, `charts/web`: as things here are called, not `3pm` or `17`."""
    digits = sum(char.isdigit() for char in text)
    letters = sum(char.isalpha() for char in text)
    return (any(char in "-_/:.@" for char in text) and letters > 2) or (
        bool(digits) and letters > 1 and text[0].isalpha()
    )
