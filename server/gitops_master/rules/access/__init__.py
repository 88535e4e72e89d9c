"""Rules of the area access: one module a structural rule, signatures.py for what one message says."""
