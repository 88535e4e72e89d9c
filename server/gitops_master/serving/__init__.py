"""Streamable HTTP in front of the MCP server: who may connect, how much they may ask, how it starts and stops.

Only `app` imports it, and only for `serve --http`: over stdio nothing of it is loaded. Tools and use cases know nothing of it.
"""
