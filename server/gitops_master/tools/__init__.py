"""One module an MCP tool, named like it: parameters, annotations, one use case, the answer. No logic.

Only here are errors turned into what a model reads.
"""
