"""States that older revisions made, opened by today's code."""
