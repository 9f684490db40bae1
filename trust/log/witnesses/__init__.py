"""What others say of our heads: asking witnesses, their rule, and how a head stands by it.

Start at `witness_status.py` (what other packages ask) and `witnessing.py` (rounds of asking).
"""
