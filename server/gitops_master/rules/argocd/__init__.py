"""Rules of the area argocd: one module a structural rule, signatures.py for what one message says."""
