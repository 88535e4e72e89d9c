"""Rules of the area environment: one module a structural rule, signatures.py for what one message says."""
