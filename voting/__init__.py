"""Rolls, meetings, resolutions, ballots, results and receipts.

May import: ``trust``. ``voting/pure`` is a pure package: it holds the rules that decide
whether a ballot counts, so that a verifier can run the very same code.

Start reading: ``voting/pure``, then ``voting/service.py``.
"""
