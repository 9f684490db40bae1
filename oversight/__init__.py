"""Risk-based oversight: facts, indicators, rules, alerts and what officers did about them.

May import: ``voting`` and ``trust``, through ``service``, ``queries`` and ``model``. A fact points
at the sealed entries it was read from; a policy is dated data that an officer adopts; every step
of an alert is an entry of the oversight log.

Start reading: ``pure/facts.py``, ``pure/indicators.py`` and ``pure/rules.py``, then ``service.py``.
"""
