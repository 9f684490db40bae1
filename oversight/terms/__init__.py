"""Dated files: how long the Registrar's office may take over an application."""
