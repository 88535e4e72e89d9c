"""How the modules of this package tell each other that an ask came to nothing."""

from gitops_master.model.asking import Trouble


class Failed(Exception):
    """Carries what the reply will say. Never leaves this package."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.trouble = Trouble(kind, text)
