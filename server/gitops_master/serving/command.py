"""`serve --http`: flags to a running server."""

import argparse
import hashlib
import hmac
import logging

from mcp.server.request_state import RequestStateSecurity

from gitops_master import __version__
from gitops_master.mcp_server import build_server
from gitops_master.serving.auth import authentication as authenticated
from gitops_master.serving.auth.arguments import prefixes
from gitops_master.serving.caller_sources import CallersSources, check_identity
from gitops_master.serving.health import cluster_answers
from gitops_master.serving.http import HttpApp, asgi_app
from gitops_master.serving.http_settings import HttpSettings, check_exposure, http_settings
from gitops_master.serving.identity import Identity
from gitops_master.serving.logs import log_in_json
from gitops_master.serving.run import run
from gitops_master.settings import Settings
from gitops_master.sources import sources

_LOG = logging.getLogger("gitops_master.http")


def serve_http(given: argparse.Namespace, settings: Settings) -> None:
    """Until it is stopped. Raises as `assembled`, before anything is served."""
    log_in_json()
    run(*assembled(given, settings))


def assembled(given: argparse.Namespace, settings: Settings) -> tuple[HttpApp, HttpSettings]:
    """What the flags mean, not yet listening. Raises UsageError, UnreadableInput and Forbidden."""
    http = http_settings(given)
    authentication, identity = authenticated(given), Identity(given.identity)
    check_identity(settings, identity)
    check_exposure(http, authenticates=authentication is not None)
    callers = None
    if authentication is not None and settings.snapshot is None:
        callers = CallersSources(settings, identity, prefixes(given))
    found, own = (callers, callers.own) if callers is not None else [sources(settings)] * 2
    server = build_server(found, version=__version__, request_state=shared_state(settings, found.terms().plan_key))
    if callers is not None:
        server.middleware.insert(0, callers.calls)
    if settings.allow_writes and authentication is None:
        _LOG.warning(
            "every program of this machine can write to the clusters through this server (--tokens tells them apart)"
        )
    if authentication is not None and not http.is_loopback and http.tls_cert is None:
        _LOG.warning("tokens come in unencrypted unless what stands in front of this server speaks TLS (--tls-cert)")
    ready = cluster_answers(own, own_identity=identity is not Identity.TOKEN)
    return asgi_app(server, http, authentication, ready=ready), http


def shared_state(settings: Settings, plan_key: bytes) -> RequestStateSecurity | None:
    """So that a replica goes on with the question another has asked; None: no key is shared, and this process makes its own."""
    if settings.plan_key_file is None:
        return None
    return RequestStateSecurity(keys=[hmac.digest(plan_key, b"gitops-master state of requests", hashlib.sha256)])
