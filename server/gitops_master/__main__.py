"""Entry point. `serve` goes straight to the server: it must not load the command line's libraries, nor they the server's."""

import sys


def main() -> None:
    """Runs one command and exits with its code (docs/architecture.md has the table)."""
    if sys.argv[1:2] == ["serve"]:
        from gitops_master.app import serve

        sys.exit(serve(sys.argv[2:]))
    from gitops_master.cli.main import run
    from gitops_master.sources import sources

    sys.exit(run(sys.argv[1:], sources))


if __name__ == "__main__":
    main()
