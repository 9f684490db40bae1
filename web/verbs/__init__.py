"""The verbs of departments, societies and their people: one table, and what is made from it.

A module of this folder that exports ``verbs`` takes part (`table.py`). Each verb becomes an API
operation (`web/api/verbs.py`), a command (`web/cli_verbs.py`), a form with its own page
(`web/doing/routes.py`, `templates/macros/verbs.html`) and a row of `docs/verbs.md` (`page.py`).
"""
