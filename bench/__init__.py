"""Measurements that print a table; never part of the tests. `make bench` runs them all.

Each module has `run() -> list[Row]`. Rates stand beside a peer or the raw limit measured in the
same run, because the machines these run on are shared and noisy: read the ratios first.
Whoever quotes a figure names command, machine and date.
"""
