"""Level 1: is everything there and running?"""
