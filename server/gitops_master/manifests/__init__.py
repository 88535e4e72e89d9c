"""Builders and checks of the objects that set a pipeline up: plain functions over values, no I/O.

`build` makes drafts from a request, `checks` finds what is wrong with manifests, `schema` knows the fields and steps.
"""
