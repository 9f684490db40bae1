"""The rows of all rooms derived again from what was sealed: to check them, and to make them anew.

Read `entries` (what a log says), `scratch` (temporary tables in which projections run unchanged),
`compare` (what differs), `subjects` (one society, meeting or office at a time), then the two verbs:
`check` and `rebuild`.
"""
