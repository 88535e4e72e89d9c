"""Rules about the credentials that Kargo itself uses: one module a structural rule."""
