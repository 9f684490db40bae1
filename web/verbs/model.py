"""What a verb is: its name, who may use it, what it takes, what it does, what it answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection

from trust.log.runtime import Runtime
from trust.people.model import Actor

Kind = Literal["text", "lines", "day", "number", "choice", "society", "login", "file", "yes"]
"""`lines` is a text of several lines; `society` a slug or registration number; `yes` a mark."""

Values = Mapping[str, Any]
"""What was given, by the argument's name, in its type; None (`yes`: False) if left out."""
Run = Callable[[Connection, Actor, Values, int], object]
Work = Callable[[Runtime, Actor, Values], object]

MAX_FILE: Final = 10_000_000
"""Bytes of a request that brings a file, unless its verb says otherwise."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent; `name` is what the sender calls it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that a verb takes.

    Attributes:
        name: field of the form, member of the JSON body, option of the command; its label and its
            name in refusals is the phrase `field.<name>`.
        kind: what it is read as: `text`, `lines`, `society`, `login`, `choice` give a str, `day`
            a date, `number` an int, `yes` a bool, `file` an `Upload`.
        required: whether it must be given.
        limit: characters at most, for texts.
        choices: the words of a `choice`, or words that a text is offered.
        words: section of the phrases that say the choices: `role` for `role.secretary`.
        hint: key of a phrase beside the label, if it needs one.
    """

    name: str
    kind: Kind = "text"
    required: bool = True
    limit: int = 400
    choices: tuple[str, ...] = ()
    words: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: ``sakshi <group> <name>`` and ``/api/v1/<group>/<name>``.

    Exactly one of `run` and `work` is given. The service function that it calls checks the rights
    again (`Actor.require`): `roles` only says for whom it is offered.

    Attributes:
        group: subject, as a command has it: `people`.
        name: the verb: `add`; words are joined by `-`.
        summary: one English sentence, for the command and the OpenAPI document. The pages say the
            phrase `verb.<group>_<name>` (with `_` for `-`).
        roles: who may use it, any of them; empty for everybody signed in.
        arguments: what it takes.
        answer: type of what `run` returns; NoneType if it returns nothing.
        run: does it in one transaction: `run(conn, actor, values, now)`, `now` in UTC seconds.
        work: does it in transactions of its own, for long work that resumes.
        reads: whether it changes nothing: GET in the API, no form.
        notes: whether a read writes down that it was made (`record_access`).
        waits: whether it may return a `Waiting`, answered with 202.
        shown: whether its answer is shown on a page of its own, because it is seen once.
        status: HTTP status of success.
        max_body: bytes of the largest request, if more than the application's limit.
    """

    group: str
    name: str
    summary: str
    roles: tuple[str, ...]
    arguments: tuple[Argument, ...]
    answer: Any
    run: Run | None = None
    work: Work | None = None
    reads: bool = False
    notes: bool = False
    waits: bool = False
    shown: bool = False
    status: int = 200
    max_body: int | None = None

    @property
    def title(self) -> str:
        """Key of the phrase that names it on pages."""
        return f"verb.{self.group}_{self.name}".replace("-", "_")

    @property
    def path(self) -> str:
        """Below `/api/v1`, and below `/do` for its form."""
        return f"/{self.group}/{self.name}"

    @property
    def largest(self) -> int | None:
        """Bytes of the largest request; None for the application's limit."""
        has_file = any(one.kind == "file" for one in self.arguments)
        return self.max_body or (MAX_FILE if has_file else None)
