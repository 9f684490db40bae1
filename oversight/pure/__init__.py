"""The rules of oversight and nothing else: no file, no database, no clock.

May import: ``trust/formats``, ``trust/books/pure``, ``oversight/errors``. From ``facts`` by
``indicators`` to one number each, by ``rules`` and the thresholds of a ``policy`` to a finding, by
``states`` to the step that follows.

Start reading: ``facts.py``.
"""
