"""Files that people write for this program: found upward from a folder, read within bounds, YAML taken apart without surprises.

Knows no file by name and no key; what a file means is for those above.
"""
