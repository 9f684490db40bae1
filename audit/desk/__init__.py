"""Audit engagements: programme, samples, findings, certificate. Empty so far.

May import: ``voting`` and ``trust``, through ``service``, ``queries`` and ``model``.
"""
