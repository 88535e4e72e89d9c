"""Rules of the area promotion: one module a structural rule, signatures.py for what one message says."""
