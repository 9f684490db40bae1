"""The offline checks: bytes in, a report out. Pure, and independent of every server room.

Start with ``report`` (what a check can say), then ``package`` (the container), ``chain`` (from an
entry to the state log), ``proof``, ``society`` and ``meeting``.
"""
