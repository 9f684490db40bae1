"""A clock that only moves when told."""


class ManualClock:
    """UTC seconds; `advance` moves it, also backwards, as a broken machine would."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        """Move by so many seconds."""
        self.now += seconds
