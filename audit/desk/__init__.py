"""Audit engagements: programme, samples, findings, certificate. Built by its own issue."""
