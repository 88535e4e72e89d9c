"""Remedies in words, for what analyses and verifications both advise."""

from gitops_master.model.finding import Remedy, Risk


def advise(title: str, *commands: str, risk: Risk = Risk.LOW, destroys: str = "", confirm_with: str = "") -> Remedy:
    """A remedy that is said, with commands where there are any."""
    return Remedy(title=title, commands=list(commands), risk=risk, destroys=destroys, confirm_with=confirm_with)
