"""Remedies in words, for what analyses and verifications both advise."""

from gitops_master.model.finding import Remedy, Risk


def advise(
    title: str,
    *commands: str,
    call: dict[str, str | bool] | None = None,
    risk: Risk = Risk.LOW,
    destroys: str = "",
    confirm_with: str = "",
) -> Remedy:
    """A remedy that is said, with commands where there are any, and the call that does what they do where there is one."""
    return Remedy(
        title=title, commands=list(commands), call=call or {}, risk=risk, destroys=destroys, confirm_with=confirm_with
    )


def by_hand(remedy: Remedy) -> Remedy:
    """The remedy without its call: done by itself, without what stands before it, it would do nothing or harm."""
    return remedy.model_copy(update={"call": {}})
