"""Books of societies: reading them in, posting them as sealed vouchers, making statements.

May import: ``trust.people``, ``trust.log``, the foundations of ``trust`` and ``trust.formats``.
``pure/`` holds the rules and does no input or output; ``readers/`` turns bytes of files into
plain values (lxml lives only there); ``service.py`` and ``queries.py`` are the doors.

Start reading: ``model.py``, then ``pure/vouchers.py`` and ``pure/statements.py``.
"""
