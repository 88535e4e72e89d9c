"""`gitops-master verify STAGE --rerun`: Kargo's own verification again, before ours."""

from gitops_master.cli.acting import agreed, tell
from gitops_master.cli.console import stderr
from gitops_master.cli.options import Place
from gitops_master.ports.sources import Sources
from gitops_master.usecases.operating.desk import Desk
from gitops_master.usecases.operating.means import Following
from gitops_master.usecases.operating.rerun import verify_again

WAIT_S = 600.0
"""For the verification to end, where nobody says how long."""


async def rerun(
    sources: Sources, place: Place, stage: str, project: str, following: Following, *, is_agreed: bool
) -> None:
    """Asks, and follows what comes of it on stderr. Raises as `verify_again` does."""
    means = Desk(sources).means(tell=tell, deadline_s=place.deadline_s)
    answer = await verify_again(project, stage, means, agree=agreed(yes=is_agreed), following=following)
    stderr().print(f"Kargo's verification of Stage {stage}: {answer.message}")
