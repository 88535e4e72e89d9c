"""Steps that bring files out of a repository and back into it, straight or by a pull request."""

from gitops_master.manifests.build.fit import Fit
from gitops_master.manifests.build.recipe import Recipe, Step, expression
from gitops_master.manifests.build.repositories import same_git
from gitops_master.model.manifest import Path
from gitops_master.model.versions import Version

SOURCE, RENDERED = "./src", "./out"
IF_SINCE = Version(1, 3, 0)
_MERGED = (
    "The commit of the merge. Where nothing differed no pull request was opened, and the branch says it all already."
)


def clone(fit: Fit, recipe: Recipe, url: str, branch: str) -> None:
    """The branch, to be written to."""
    repository = expression(recipe.var("repoURL", url))
    checkout = [{"branch": expression(recipe.var("branch", branch)), "path": SOURCE}]
    recipe.add(Step("git-clone", {"repoURL": repository, "checkout": checkout}))
    note_access(fit, url)
    _warn_of_loop(fit, url, branch)
    if fit.apps and fit.request.name not in branch:
        fit.notes.append(
            f"Kargo compares what an Application tracks with the Stage's own commit: any later commit to {branch}, also another "
            "Stage's, makes the Stage unhealthy until its next Promotion. A branch for each Stage avoids that."
        )


def _warn_of_loop(fit: Fit, url: str, branch: str) -> None:
    for one in fit.of("git"):
        if same_git(one.repo_url, url) and one.branch in ("", branch) and not one.is_filtered:
            fit.notes.append(
                f"Warehouse {one.origin} subscribes to the branch {branch} that Promotions write to: each makes new Freight. Give "
                "its subscription includePaths or excludePaths, or deliver by rendered branches."
            )


def clone_rendered(fit: Fit, recipe: Recipe, url: str) -> str:
    """What is rendered, and the Stage's own branch, emptied. Answers that branch."""
    found, own = fit.commit_of(url), f"stage/{expression('ctx.stage')}"
    repository = expression(recipe.var("repoURL", url))
    note_access(fit, url)
    comments: dict[Path, str] = {
        # Making a branch can fail for a reason that passes. A work tree from before it would be in the way of the next attempt
        # (Kargo v1.11 pkg/promotion/runner/builtin/git_cloner.go), whose error would then hide the first one.
        ("config", "checkout", 0, "create"): "The first Promotion makes the branch, without history."
    }
    if found is not None:
        wanted = f"commitFrom({recipe.var('repoURL', url)}{fit.origin_argument(found)}).ID"
        source = {"commit": expression(wanted), "path": SOURCE}
        comments[("config", "checkout", 1, "commit")] = "The Freight's own: the branch may be ahead of it."
    else:
        source = {"branch": expression(recipe.var("branch", fit.branch(url))), "path": SOURCE}
    target = {"branch": own, "create": True, "path": RENDERED}
    config = {"repoURL": repository, "checkout": [target, source]}
    recipe.add(Step("git-clone", config, comments=comments))
    told: dict[Path, str] = {(): "What is no longer rendered must not stay."}
    recipe.add(Step("git-clear", {"path": RENDERED}, comments=told))
    return own


def deliver(fit: Fit, recipe: Recipe, folder: str, branch: str, message: str) -> str:
    """Commit and push. `branch`: as a manifest names the one that the Applications read. Answers the revision there, an expression."""
    recipe.add(Step("git-commit", {"path": folder, "message": message}, alias="commit"))
    committed = f"{recipe.output('commit')}.commit"
    if not fit.request.pull_request:
        target = {"targetBranch": branch} if folder == RENDERED else {}
        recipe.add(Step("git-push", {"path": folder, **target}, alias="push"))
        return committed
    told: dict[Path, str] = {
        ("config", "generateTargetBranch"): "A branch of the Promotion's own, for the pull request."
    }
    recipe.add(Step("git-push", {"path": folder, "generateTargetBranch": True}, alias="push", comments=told))
    url = expression(recipe.vars_of("repoURL"))
    pushed = expression(f"{recipe.output('push')}.branch")
    recipe.add(Step("git-open-pr", {"repoURL": url, "sourceBranch": pushed, "targetBranch": branch}, alias="open-pr"))
    opened = recipe.output("open-pr")
    has_if = fit.world.kargo is None or fit.world.kargo >= IF_SINCE
    recipe.add(
        Step(
            "git-wait-for-pr",
            {"repoURL": url, "prNumber": expression(f"{opened}.pr.id")},
            alias="wait-for-pr",
            condition=expression(f"{opened}?.pr != nil") if has_if else "",
            comments={("if",): "git-open-pr opens none where nothing differs."} if has_if else {},
        )
    )
    merged = recipe.output("wait-for-pr")
    return f"{merged}?.commit ?? {committed}" if has_if else f"{merged}.commit"


def note_access(fit: Fit, url: str) -> None:
    """What pushing needs that no manifest of ours may hold, and what later versions refuse."""
    fit.notes.append(
        f"Pushing to {url} needs credentials: a Secret in {fit.request.project} labelled kargo.akuity.io/cred-type: git."
    )
    if "://" not in url or url.startswith("ssh://"):
        fit.notes.append(f"{url}: SSH addresses are deprecated since Kargo 1.10 and go with 1.13; use https.")


def note_target(fit: Fit) -> None:
    """A pull request needs its target, and create makes the branch only where it is checked out."""
    fit.notes.append(
        f"The branch stage/{fit.request.name} has to exist before the first pull request: git-open-pr does not make it. Push it "
        "once, empty."
    )
