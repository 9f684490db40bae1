"""The desks' meeting, people and pages, for those who try to break them."""

from tests.web.desks.conftest import alert, app, person, scenario, state_open

__all__ = ["alert", "app", "person", "scenario", "state_open"]
