"""The same facts and verbs as JSON, for programs: ``/api/v1``."""
