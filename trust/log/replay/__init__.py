"""The rows of all packages derived again from what was sealed: to check and to rebuild them.

Read `entries` (what a log says), `scratch` (temporary tables in which projections run unchanged),
`compare` (what differs), `subjects` (one society, meeting or office at a time), then the two verbs:
`check` and `rebuild`.
"""
