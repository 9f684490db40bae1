"""What machines ask the server: metrics for Prometheus. Health stands with the public pages.

Imports `dashboards` and the web shell. Start at `routes.py`.
"""
