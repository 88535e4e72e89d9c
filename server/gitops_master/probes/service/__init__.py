"""Level 2: does each part call itself healthy, and is it reached inside?"""
