"""From the bytes of a file to plain values, before any rule of bookkeeping is applied.

The only place of the books that may import lxml. Every reader bounds what it is willing to read.
"""
