"""The society's desk: books, balance sheets, members and their keys, meetings.

Start reading: ``routes.py``; the verbs are those of ``trust`` and ``voting``.
"""
