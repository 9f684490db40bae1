"""What others say of our heads: asking witnesses, their rule, and how a head stands by it.

Start at `standing.py` (what the rest of the house asks) and `witnessing.py` (rounds of asking).
"""
