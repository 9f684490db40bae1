"""Mirrors, backups and recovery: the log outlives its server.

Start at `mirror.py` (writing plain files) and `recovery.py` (bringing lost entries back).
"""
