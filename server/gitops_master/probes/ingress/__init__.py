"""Level 3: does a user get to it, and only in the way meant?"""
