"""The same facts and verbs as JSON, for programs: ``/api/v1``.

A module here that has a list ``operations`` takes part; routes and OpenAPI document come from it.
Start reading: ``operations.py``, then ``public.py`` and ``desks.py``.
"""
