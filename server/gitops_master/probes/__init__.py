"""The four levels of a verification: one probe a module, found by walking this package (registry.py); engine.py runs them.

Pure: no I/O, no clock. A probe that needs an answer from outside asks for it and is run again.
"""
