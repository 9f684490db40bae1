"""The lowest layer: formats, the logs, people and books.

May import: nothing of ours outside ``trust``. Inside, the order from top to ground is
``books`` > ``people`` > ``log`` > (``database``, ``outbox``, ``jobs``, ``settings``) > ``formats``.
``trust/formats`` and ``trust/books/pure`` are pure packages: no input or output, no third
party but PyNaCl (and cryptography for ML-DSA).

Start reading: ``docs/formats.md``, then ``trust/formats``, then ``trust/log``.
"""
