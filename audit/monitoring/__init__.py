"""Following the logs of a Sakshi server from outside: reading, checking, remembering, telling.

May import: ``trust/formats`` and ``audit/verify``; no server library. ``docs/monitoring.md`` says
what each finding means.

Start reading: ``monitor.py`` (a round), then ``visit.py``, ``advance.py``, ``replay.py``.
"""
