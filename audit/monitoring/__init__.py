"""Following the logs of a Sakshi server from outside: reading, checking, remembering, telling."""
