"""The desks' meeting, people and pages, for those who try to break them."""

from tests.web.desks.conftest import alert, app, hall, person

__all__ = ["alert", "app", "hall", "person"]
