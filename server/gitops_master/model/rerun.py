"""What comes of asking Kargo to verify again."""

from datetime import datetime

from gitops_master.model.finding import Answer
from gitops_master.model.verification import KargoVerification, Verdict


class Rerun(Answer):
    """`verdict` is UNKNOWN where the verification has not ended, or nobody knows. `asked`: id of the verification that was named;
    `verification_id`: of the one that came of it, empty where none did. `action`: what to do next.
    """

    project: str
    stage: str
    verdict: Verdict
    message: str
    asked: str
    verification_id: str = ""
    kargo: KargoVerification | None = None
    action: str = ""
    next_call: dict[str, str] = {}
    context: str = ""
    observed_at: datetime
