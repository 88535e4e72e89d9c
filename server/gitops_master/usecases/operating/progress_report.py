"""How far Promotions are, in lines."""

from collections.abc import Iterable

from gitops_master.model.operating import PromotionProgress


def progress_lines(promotions: Iterable[PromotionProgress]) -> list[str]:
    return [f"Promotion {one.name}: {one.phase}" for one in promotions]
