"""What is no question any more once it is known that auto-promotion moved the Stage away from what it was left on."""

MOVED_EFFECTS = frozenset(
    {
        "candidate-freight-already-current",
        "nothing-wrong-stale-errors",
        "auto-promotion-prefers-newest-freight",
    }
)
