"""Pages for everybody, without signing in, and the logs themselves at their standard paths.

Start reading: ``routes.py``; ``sheet.py`` is the balance sheet, ``logs.py`` serves tiles.
"""
