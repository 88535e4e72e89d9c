"""gitops-master: one program, two faces (MCP server, command line) over the same use cases.

Nothing but the version lives at this level; see docs/architecture.md for the layers below.
"""

__version__ = "0.1.0"
