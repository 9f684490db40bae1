"""fsck: everything a proof rests on, computed again from what is stored.

Start at `fsck.py`. Rows beside the logs are checked by `trust.log.replay`.
"""
