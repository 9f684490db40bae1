"""Societies, accounts and roles, members and their keys: who may do what, and who signed.

May import: `trust/log` and below. Start reading: `model.py`, then `service.py`.
"""
