"""One module a tool, named like it: what the program does, over ports and pure rules. No MCP, no terminal, no adapter.

The modules without a tool's name hold what several use cases share.
"""
