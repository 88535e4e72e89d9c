"""Level 4: does it do its work?"""
