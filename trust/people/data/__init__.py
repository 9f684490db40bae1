"""Tables about places."""
