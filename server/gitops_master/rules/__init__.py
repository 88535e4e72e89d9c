"""What can be wrong, why, and what to do: one rule a cause. Pure functions over facts and declarations over texts.

No I/O, no clock, no logging. A rule is found by walking this package; docs/architecture.md says how to add one.
"""
