"""The ports' implementations, one package or module each; they do not know each other. All I/O lives here.

Raw dicts exist only in here: what leaves is typed.
"""
