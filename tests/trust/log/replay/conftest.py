"""A meeting, people and an alert, for a state that has rows in every read table."""

from tests.attacks.test_rows_fsck import town
from tests.web.desks.conftest import alert, app, person, scenario, state_open

__all__ = ["alert", "app", "person", "scenario", "state_open", "town"]
