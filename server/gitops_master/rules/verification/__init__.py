"""Rules of the area verification: one module a structural rule, signatures.py for what one message says."""
