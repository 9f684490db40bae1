"""`sakshi-witness`: a strict witness for transparency logs, ours or anyone's (C2SP tlog-witness).

It needs the base installation only, keeps one row per log in an SQLite file, and cosigns a head
only when it follows from the last one it cosigned (`trust.formats.witness`).

May import: ``trust/formats``; no server library. Start reading: ``store.py``, then ``server.py``.
"""
