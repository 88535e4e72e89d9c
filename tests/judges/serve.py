"""Our server over streamable HTTP on a free loopback port, over the bundled example, for judges that speak nothing else.

`python -m tests.judges.serve` is `serve --http`; with `--fixtures` the same parts make a server that also has what the conformance
suite calls by name. It serves until its standard input ends: so it ends with who started it. Standard error has the URL.
"""

import os
import signal
import sys
import threading

from gitops_master.app import serve
from gitops_master.mcp_server import build_server
from gitops_master.serving.http import asgi_app
from gitops_master.serving.http_settings import HttpSettings
from gitops_master.serving.logs import log_in_json
from gitops_master.serving.run import run
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from tests.judges.fixtures import add_fixtures, fixture_tools


def main() -> None:
    threading.Thread(target=_end_with_input, daemon=True).start()
    options = sys.argv[1:]
    if "--fixtures" in options:
        _serve_fixtures(HttpSettings(port=0, sessions="--no-sessions" not in options))
    else:
        sys.exit(serve(["--http", "127.0.0.1:0", "--demo", *options]))


def _serve_fixtures(settings: HttpSettings) -> None:
    log_in_json()
    server = build_server(sources(demo_settings()), version="test", more_tools=fixture_tools())
    add_fixtures(server)
    run(asgi_app(server, settings, None), settings)


def _end_with_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
