"""Drafts of the objects that a request needs, fitted to the world as it stands: what is there is kept."""
