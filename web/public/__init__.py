"""Pages for everybody, without signing in, and the logs themselves at their standard paths."""
