"""Rules of the area workload: one module a structural rule, signatures.py for what one message says."""
