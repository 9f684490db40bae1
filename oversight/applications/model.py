"""Types of applications and bye-laws."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from oversight.pure.applications import Action, Course, State, Subject

By = Literal["office", "society"]


@dataclass(frozen=True, slots=True)
class Applied:
    """What an application says.

    Attributes:
        society: slug, for an amendment of its bye-laws; None for a registration.
        applicant: to whom the office writes; personal, so it is sealed nowhere.
        contact: how; personal too.
        adopted_on: day on which the general body adopted the amendment; None if it says none.
        text: the whole text of the bye-laws as it is to stand.
    """

    subject: Subject
    society: str | None
    name_en: str
    name_ml: str
    district: str
    taluk: str
    sector: str
    received_on: date
    applicant: str
    contact: str
    adopted_on: date | None
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A sealed step. `at` is UTC seconds; `officer` is the account that took it, if known here."""

    number: int
    action: Action
    by: By
    section: str
    reason: str
    order: str
    at: int
    officer: int | None


@dataclass(frozen=True, slots=True)
class Application:
    """An application with its steps.

    Attributes:
        id: its number, such as `thrissur-2026-17`.
        sealed_at: when it was entered here, UTC seconds.
        entered_by: the account that entered it; None if no longer known.
        text_digest: SHA-256 of the text in hex.
        course: the same for the rules.
        origin, index: the entry that seals it.
    """

    id: str
    said: Applied
    channel: By
    sealed_at: int
    entered_by: int | None
    text_digest: str
    steps: tuple[Step, ...]
    course: Course
    origin: str
    index: int

    @property
    def state(self) -> State:
        """Where it is now."""
        return self.course.state


@dataclass(frozen=True, slots=True)
class Bylaws:
    """A version of a society's bye-laws, with the entry that seals it."""

    society: str
    version: int
    application: str | None
    adopted_on: date | None
    registered_on: date
    order: str
    section: str
    text: str
    origin: str
    index: int
    at: int
