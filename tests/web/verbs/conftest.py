"""The people of the desks' tests."""

from tests.web.desks.conftest import alert, app, person, scenario, state_open

__all__ = ["alert", "app", "person", "scenario", "state_open"]
