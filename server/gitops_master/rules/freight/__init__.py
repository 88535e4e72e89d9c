"""Rules of the area freight: one module a structural rule, signatures.py for what one message says."""
