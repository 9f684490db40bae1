"""The offline checks: bytes in, a report out. Pure, and independent of the server.

Where to start reading:

1. ``report`` - what a check can say, and how the exit code follows from it;
2. ``package``, ``zipread`` - the container: which file is missing, which is damaged;
3. ``links``, ``proof`` - the single links from an entry to the state log, and one Sakshi proof;
4. ``chain``, ``heads``, ``stateside``, ``openings`` - a whole log: entries, heads, commitments;
5. ``years``, ``states`` - how a log begins and ends, and which state logs follow the pinned one;
6. ``society``, ``sheet``, ``prior``, ``asked``, ``filed``, ``carried`` - imports, vouchers,
   officers, balance sheets computed again, with what earlier years carry in; ``register`` - the
   register and members' keys;
7. ``meeting``, ``assembly``, ``polling`` (``polling_v1``), ``outcome`` - notice, roll, ballots,
   results counted again; ``bookside``, ``timeline``, ``rollchanges`` - the same compared with the
   society's books;
8. ``part``, ``history``, ``succession`` - one log, and several that must be one history;
9. ``verify`` - the one entrance.
"""
