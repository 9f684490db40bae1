"""The top layer: the Starlette application, the ``sakshi`` command and the demo state.

May import everything below. ``web/wiring.py`` is the composition root: it alone imports
every ``tables.py`` and ``tasks.py`` and maps events to tasks.

Start reading: ``web/wiring.py``, then ``web/app.py``.
"""
