"""Rules of the Registrar's own clock: which step may follow which, and how long it all took.

Days are days of the calendar in India. The day on which the office says that it received an
application counts, and never a later one than that of its sealing: entering it late shortens
nothing. Days in which the office waits for an answer are the applicants', not the office's.
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low
from typing import Final, Literal, get_args

from oversight.errors import PolicyError

Subject = Literal["registration", "bye-laws"]
Action = Literal["query", "answer", "register", "refuse", "withdraw"]
State = Literal["open", "waiting", "registered", "refused", "withdrawn"]

SUBJECTS: Final[tuple[Subject, ...]] = get_args(Subject)
ENDED: Final[tuple[State, ...]] = ("registered", "refused", "withdrawn")

_AFTER: Final[Mapping[tuple[State, Action], State]] = {
    ("open", "query"): "waiting",
    ("waiting", "answer"): "open",
    ("open", "register"): "registered",
    ("open", "refuse"): "refused",
    ("waiting", "refuse"): "refused",
    ("open", "withdraw"): "withdrawn",
    ("waiting", "withdraw"): "withdrawn",
}


def state_after(action: Action, state: State) -> State | None:
    """The state after a step; None if the step may not follow."""
    return _AFTER.get((state, action))


def steps_from(state: State) -> list[Action]:
    """The steps that may follow."""
    return [action for (before, action) in _AFTER if before == state]


@dataclass(frozen=True, slots=True)
class Course:
    """An application as its steps tell it.

    Attributes:
        steps: each step and its day, in order.
    """

    subject: Subject
    district: str
    received: date
    steps: tuple[tuple[Action, date], ...] = ()

    @property
    def state(self) -> State:
        """Where it is now."""
        state: State = "open"
        for action, _ in self.steps:
            state = _AFTER[state, action]
        return state

    @property
    def ended(self) -> date | None:
        """The day on which it was decided or taken back; None if it is open."""
        return self.steps[-1][1] if self.state in ENDED else None


def days(course: Course, today: date) -> int:
    """Days from receipt to the end, or to today."""
    return ((course.ended or today) - course.received).days


def office_days(course: Course, today: date) -> int:
    """The same without the days in which the office waited for an answer."""
    total, since = 0, course.received
    waiting = False
    for action, day in course.steps:
        if not waiting:
            total += (day - since).days
        since, waiting = day, action == "query"
    if course.ended is None and not waiting:
        total += (today - since).days
    return total


# --- terms -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """From when on the office may take how many days over each subject, and how far back what it
    decided is counted (`recent`, days)."""

    begins: date
    recent: int
    days: Mapping[Subject, int]


def parse_terms(text: str) -> Terms:
    """Reads a file of terms.

    Raises:
        PolicyError: it is none, or does not name each subject once with a number of days.
    """
    try:
        read = tomllib.loads(text)
        found = {one["name"]: one["days"] for one in read["subject"]}
        made = Terms(read["terms"]["from"], read["terms"]["recent_days"], found)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PolicyError(f"the terms of applications cannot be read: {error}") from error
    if set(found) != set(SUBJECTS) or len(read["subject"]) != len(SUBJECTS):
        raise PolicyError("the terms of applications must name each subject once")
    counts = [made.recent, *found.values()]
    if not all(isinstance(count, int) and count > 0 for count in counts):
        raise PolicyError("a term of applications is no number of days")
    return made


def in_force(terms: Sequence[Terms], on: date) -> Terms:
    """The newest terms that had begun on a day, or the first."""
    begun = [one for one in terms if one.begins <= on]
    return max(begun, key=lambda one: one.begins, default=terms[0])


def overdue(course: Course, terms: Sequence[Terms], today: date) -> bool:
    """Whether an open application is with the office for longer than the terms of its receipt."""
    if course.state in ENDED:
        return False
    return office_days(course, today) > in_force(terms, course.received).days[course.subject]


# --- figures -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """The clock of one district, or of all (`district` is empty).

    Attributes:
        open: applications that are not decided.
        waiting: those of them that wait for an answer of the applicants.
        overdue: those of them that are with the office for too long.
        oldest: days since the oldest of them was received; None if there is none.
        registered, refused, withdrawn: ended within the days that count (`Terms.recent`).
        median: days from receipt to decision, the lower median of those decided within them; None
            if none was.
        median_office: the same without the days in which the office waited.
    """

    district: str
    open: int
    waiting: int
    overdue: int
    oldest: int | None
    registered: int
    refused: int
    withdrawn: int
    median: int | None
    median_office: int | None


def figures(
    courses: Iterable[Course], terms: Sequence[Terms], today: date, *, district: str = ""
) -> Figures:
    """The figures of these applications; with a district, of those in it."""
    mine = [one for one in courses if district in ("", one.district)]
    still = [one for one in mine if one.ended is None]
    last = in_force(terms, today).recent
    recent = [one for one in mine if one.ended and (today - one.ended).days < last]
    decided = [one for one in recent if one.state != "withdrawn"]
    count = {state: sum(one.state == state for one in recent) for state in ENDED}
    return Figures(
        district=district,
        open=len(still),
        waiting=sum(one.state == "waiting" for one in still),
        overdue=sum(overdue(one, terms, today) for one in still),
        oldest=max((days(one, today) for one in still), default=None),
        registered=count["registered"],
        refused=count["refused"],
        withdrawn=count["withdrawn"],
        median=_median([days(one, today) for one in decided]),
        median_office=_median([office_days(one, today) for one in decided]),
    )


def _median(values: list[int]) -> int | None:
    return median_low(values) if values else None
