"""Advice that is no fault: one module a hint. A hint is told below the cause, never as the root, and only where it bears on
the Stage at hand. It names no `needs`: advice that cannot be given leaves no cause open. What holds somebody back is a rule
of another area.
"""
