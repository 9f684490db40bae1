"""Checking: the auditor's tool and everything an auditor does.

Three rooms on different floors. ``audit/verify`` is pure and imports pure rooms only.
``audit/cli.py`` (``sakshi-audit``) and ``audit/monitor.py`` run on an auditor's own machine
and reach no server library. ``audit/desk`` (engagements) stands on ``voting`` and ``trust``.

Start reading: ``audit/verify``.
"""
