"""Signing in and out, and each person's own start page. Start reading: ``routes.py``."""
