"""Offices of the department and their officers. Verbs: ``service.py``; reads: ``queries.py``."""
