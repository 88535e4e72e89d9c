"""Bearer tokens to callers: a file of tokens, or JWTs that an authorization server signs.

Tokens are compared, verified and forgotten: no log line, error or answer has one.
"""

from gitops_master.serving.auth.arguments import add_arguments, authentication

__all__ = ["add_arguments", "authentication"]
