"""Facts, indicators, rules, alerts and cases of the Registrar's oversight.

May import: ``audit.desk``, ``voting``, ``trust``. ``oversight/pure`` is a pure room: a score
can be recomputed by anybody from published figures and the published policy.

Start reading: ``oversight/pure``, then ``oversight/service.py``.
"""
