"""Forms of the verbs of the table, each on a page of its own. Start reading: ``routes.py``."""
