"""From sequenced to published: integrate, release, admit, publish; many logs in one round.

Start at `publication.py` (the order of the steps) and `publisher.py` (who asks for rounds).
"""
