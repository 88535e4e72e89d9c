"""How far an operation is: what it was doing when its time was over, and whether its write may have been sent."""


class Progress:
    """`doing`: of this moment, for people. `connected`: the request at hand has a connection, so it may have arrived.

    `writing`: the request at hand is the write.
    """

    __slots__ = ("connected", "doing", "writing")

    def __init__(self) -> None:
        self.doing = "not begun"
        self.connected = self.writing = False

    def begin(self, *, writing: bool = False) -> None:
        """Of the next request; the one before was answered."""
        self.doing, self.connected, self.writing = "about to ask", False, writing

    @property
    def may_be_done(self) -> bool:
        return self.writing and self.connected

    def unfinished(self, deadline_s: float) -> str:
        return f"no answer within {round(deadline_s, 1):g} s ({self.doing})"
