"""The offline checks: bytes in, a report out. Pure, and independent of every server room.

Where to start reading:

1. ``report`` - what a check can say, and how the exit code follows from it;
2. ``package``, ``zipread`` - the container: which file is missing, which is damaged;
3. ``links``, ``proof`` - the single links from an entry to the state log, and one Sakshi proof;
4. ``chain``, ``heads``, ``openings`` - a whole log: entries, admitted heads, commitments;
5. ``society``, ``sheet`` - imports, vouchers, officers, balance sheets computed again;
6. ``meeting``, ``outcome`` - notice, roll, ballots, results counted again;
7. ``verify`` - the one entrance.
"""
