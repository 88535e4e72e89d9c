"""Rules of the area stage: one module a structural rule, signatures.py for what one message says."""
