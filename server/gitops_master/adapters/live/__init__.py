"""Reads a running cluster through `ports.api.Api`: which requests an answer needs, in which order, and what they mean.

How a request reaches the API server (HTTP, a remote kubectl) and what the objects mean are not its business.
"""
