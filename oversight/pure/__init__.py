"""The rules of oversight and nothing else: no file, no database, no clock."""
