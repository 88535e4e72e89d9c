"""What `--help` says behind the options of a command: exit codes, examples, where to read on."""

from typing import NamedTuple

_LOOKED = "0 healthy, 1 broken, 2 waiting, 3 unknown (not all could be read)"
_DONE = "0 done"
_ACTED = (
    "0 done, or a plan that could go; 1 failed; 2 waiting or under way; 3 not known what came of it; 77 a gate blocks"
)
_COMMON = "64 usage, 65 input cannot be read, 69 not reachable, 77 not permitted or refused"


class Manual(NamedTuple):
    """`codes`: the command's own exit codes. `see`: pages of docs/ and commands."""

    codes: str
    examples: tuple[str, ...]
    see: str


MANUALS = {
    "state": Manual(
        _LOOKED,
        ("state", "state prod --project shop", "state prod --until settled", "state --project shop -o mermaid"),
        "gitops-master analyze, docs/snapshots.md",
    ),
    "analyze": Manual(
        _LOOKED,
        (
            "analyze prod --project shop",
            "analyze prod --freight 2.4.1",
            "analyze --app shop-prod",
            "analyze prod --snapshot incident.tar.gz -o json",
        ),
        "gitops-master explain, references/rules/index.md, docs/confidence.md",
    ),
    "verify": Manual(
        "0 passed, 1 failed, 2 waiting, 3 unknown",
        ("verify prod", "verify prod --http --wait 10m", "verify prod -o junit"),
        "docs/verification.md, docs/expectations.md",
    ),
    "promote": Manual(
        _ACTED,
        ("promote prod --freight 2.4.1", "promote prod --freight 2.4.1 --allow-writes", "promote --watch PROMOTION"),
        "docs/operations.md",
    ),
    "operate": Manual(
        _ACTED,
        ("operate refresh-stage --stage prod", "operate abort-promotion --stage prod --allow-writes"),
        "docs/operations.md",
    ),
    "lint": Manual(
        "0 nothing at or above --fail-on, 1 a problem at or above it, 3 nothing was judged or the server did not answer",
        ("lint manifests", "lint manifests --live --project shop", "lint manifests -o sarif", "lint - <stage.yaml"),
        "docs/setup.md, docs/lint.md",
    ),
    "generate stage": Manual(
        "0 written or shown, 1 what was generated cannot work as it stands",
        (
            "generate stage prod --upstream test --app shop-prod --project shop",
            "generate stage prod --upstream test --verify web --probe https://shop.example.net/healthz --out manifests",
        ),
        "docs/setup.md, gitops-master lint",
    ),
    "capture": Manual(_DONE, ("capture prod --project shop --out incident.tar.gz",), "docs/snapshots.md"),
    "explain": Manual(
        _DONE,
        ("explain", "explain crd-not-installed", 'explain --message "error converting YAML to JSON"'),
        "references/rules/index.md",
    ),
    "reference": Manual(_DONE, ("reference", "reference kargo-state-machine"), "references"),
    "discover": Manual(
        "0 something was found out",
        ("discover", "discover --all-contexts", "discover --write-config"),
        "gitops-master doctor, deploy/rbac/README.md",
    ),
    "doctor": Manual(
        "0 everything works, 3 not all is known", ("doctor", "doctor --context eu-1"), "docs/troubleshooting.md"
    ),
    "demo": Manual(_DONE, ("demo",), "README.md"),
    "route": Manual(_DONE, ('route "why is prod stuck?" --project shop',), "docs/prompts.md"),
    "serve": Manual(
        "0 stopped",
        (
            "serve",
            "serve --context staging --protect 'prod-*'",
            "serve --http",
            "serve --http 0.0.0.0:8808 --allowed-host gitops.example.com --tokens tokens.csv",
        ),
        "docs/install.md, docs/http.md, docs/http-identity.md, docs/chart.md",
    ),
    "trust": Manual("0 trusted", ("trust", "trust .gitops-config.yaml --yes"), "docs/expectations.md"),
}


def epilog(command: str, *, marked: bool = True) -> str:
    """Behind the options of `command` (`generate stage`: with its group); empty for one that has none.

    `marked`: with the mark by which the commands' parser, unlike that of `serve`, leaves a paragraph as it is.
    """
    manual = MANUALS.get(command)
    if manual is None:
        return ""
    keep = "\b\n" if marked else ""
    examples = "\n".join(f"  gitops-master {one}" for one in manual.examples)
    return f"Exit codes: {manual.codes}; {_COMMON}.\n\n{keep}Examples:\n{examples}\n\nSee also: {manual.see}"
