"""Read models of pages, and metrics.

May import: ``oversight``, ``audit``, ``voting``, ``trust``, through their ``service``,
``queries`` and ``model`` modules only. Writes nothing that another layer reads.

Start reading: ``dashboards/queries.py``.
"""
