"""Who signs: the signer and its guard, masters, second lines, and societies that sign themselves.

Start at `signer.py`, a process of its own and the only code that signs heads; the server's side
is `signerclient.py`.
"""
