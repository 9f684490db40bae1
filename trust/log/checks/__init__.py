"""fsck: everything a proof rests on, computed again from what is stored.

Start at `fsck.py`; `sealedrows.py` is what the rooms' own checks share.
"""
