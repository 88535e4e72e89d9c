"""What a request was doing when its time was over."""


class Progress:
    """`doing`: of this moment, for people. `said`: what somebody waited for has printed so far, fit to show."""

    __slots__ = ("doing", "said")

    def __init__(self) -> None:
        self.doing = "not begun"
        self.said = ""

    def unfinished(self, deadline_s: float) -> str:
        """The problem in words."""
        said = f"; it said: {self.said}" if self.said else ""
        within = f"{deadline_s:.1f}".removesuffix(".0")
        return f"no answer within {within} s ({self.doing}{said})"
