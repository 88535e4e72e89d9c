"""Level 1: is everything there, and does it run?"""
