"""What can be wrong with manifests: one module a check, found by walking the package. See registry.py."""
