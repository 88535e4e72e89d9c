"""Our server over streamable HTTP on a free loopback port, for judges that speak nothing else.

`python -m tests.judges.serve` prints the URL, and serves until its standard input ends: so it ends with who started it. With
`--fixtures` it also has what the conformance suite calls by name.
"""

import socket
import sys
import threading

import uvicorn

from gitops_master.mcp_server import build_server
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from tests.judges.fixtures import add_fixtures, fixture_tools


def main() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    fixtures = "--fixtures" in sys.argv[1:]
    served = build_server(sources(demo_settings()), version="test", more_tools=fixture_tools() if fixtures else ())
    if fixtures:
        add_fixtures(served)
    application = served.streamable_http_app()
    server = uvicorn.Server(uvicorn.Config(application, log_level="error"))
    threading.Thread(target=_end_with_input, args=(server,), daemon=True).start()
    print(f"http://127.0.0.1:{listening.getsockname()[1]}/mcp", flush=True)
    server.run(sockets=[listening])


def _end_with_input(server: uvicorn.Server) -> None:
    sys.stdin.read()
    server.should_exit = True


if __name__ == "__main__":
    main()
