"""Checking: what runs on other people's machines, without trusting the server.

May import: pure packages only (``trust/formats``, ``trust/books/pure`` with its types in
``trust/books/model``, ``voting/pure``, ``audit/verify``), PyNaCl, cryptography, cyclopts and rich;
no server library. ``verify`` is the pure core; ``cli`` is ``sakshi-audit``, with ``monitor`` and
``monitoring`` (following logs), ``signhead`` (a society that holds its own key) and ``stamps``
(time-stamps); ``witness`` is ``sakshi-witness``. ``desk`` (engagements) is a layer of its
own, over ``voting``.

Start reading: ``audit/verify/__init__.py``, then ``cli.py``.
"""
