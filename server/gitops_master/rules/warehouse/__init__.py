"""Rules of the area warehouse: one module a structural rule, signatures.py for what one message says."""
