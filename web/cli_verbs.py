"""The verbs of the table (`web/verbs`) as commands: `sakshi GROUP NAME … --as LOGIN [--json]`.

A command acts as a person, with that person's password: the shell gives nobody a role. Exit codes:
0 done, 1 refused with a reason, 2 wrong input.
"""

import getpass
import inspect
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from cyclopts import App, Parameter
from rich.table import Table

from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people.model import Waiting
from web import i18n, wiring
from web.errors import FieldError
from web.negotiate import Json, plain
from web.terminal import fail, out, state
from web.verbs import table
from web.verbs.model import Argument, Upload, Verb
from web.verbs.performing import perform
from web.verbs.values import read

WRONG_USE: Final = 2
PASSWORD: Final = "SAKSHI_PASSWORD"
ELSEWHERE: Final = frozenset({"/people/link"})
"""Verbs whose command does more (`web/cli_first.py`)."""


def register(app: App) -> None:
    """Add a group of commands for each group of the table."""
    for verb in table.verbs():
        if verb.path not in ELSEWHERE:
            group(app, verb.group).command(_command(verb), name=verb.name)


def group(app: App, name: str) -> App:
    """The commands of a group; made if there are none yet, so that others may add theirs."""
    if name not in app:
        app.command(App(name=name, help=f"Verbs about: {name}. See docs/verbs.md."))
    return app[name]


def _command(verb: Verb) -> Callable[..., None]:
    def command(*given: Any, **named: Any) -> None:
        typed = dict(signature.bind(*given, **named).arguments)
        login, as_json = typed.pop("as_"), typed.pop("json_", False)
        done(verb, login, typed, as_json=as_json)

    signature = inspect.Signature(_parameters(verb))
    told = cast(Any, command)
    told.__signature__ = signature
    told.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
    told.__doc__ = verb.summary
    return command


def done(verb: Verb, login: str, typed: Mapping[str, Any], *, as_json: bool) -> None:
    """Do a verb as somebody and print what it answers."""
    _tell(_done(verb, login, typed), as_json=as_json)


def _parameters(verb: Verb) -> list[inspect.Parameter]:
    """What must be given may be given by place; the rest by name only."""
    must = [one for one in verb.arguments if one.required and one.kind != "yes"]
    may = [one for one in verb.arguments if one not in must]
    return [
        *(_parameter(one, inspect.Parameter.POSITIONAL_OR_KEYWORD) for one in must),
        *(_parameter(one, inspect.Parameter.KEYWORD_ONLY, _left_out(one)) for one in may),
        _named("as_", str, "--as", "Log-in name of the person who does it."),
        _named("json_", bool, "--json", "Print the answer as JSON.", default=False),
    ]


def _left_out(one: Argument) -> object:
    return False if one.kind == "yes" else None


def _parameter(one: Argument, kind: Any, default: object = inspect.Parameter.empty) -> Any:
    shown = Parameter(help=str(i18n.translator("en")(f"field.{one.name}")), negative="")
    typed = _typed(one) if default is inspect.Parameter.empty else _typed(one) | None
    return inspect.Parameter(one.name, kind, default=default, annotation=Annotated[typed, shown])


def _typed(one: Argument) -> Any:
    if one.kind == "choice":
        return Literal[one.choices]
    return {"yes": bool, "file": Path}.get(one.kind, str)


def _named(
    name: str, kind: Any, option: str, told: str, default: object = inspect.Parameter.empty
) -> inspect.Parameter:
    shown = Annotated[kind, Parameter(name=option, help=told, negative="")]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=shown
    )


def _done(verb: Verb, login: str, typed: Mapping[str, Any]) -> object:
    """Read what was typed, sign the person in, do it, and let what follows be done."""
    try:
        values = read(verb, {name: _as_sent(found) for name, found in typed.items()})
    except FieldError as error:
        fail(str(error), WRONG_USE)
    with state() as rt:
        done = perform(rt, verb, signed_in(rt, login), values)
        if not verb.reads:
            wiring.drain(rt)
        return done


def _as_sent(found: Any) -> Any:
    if not isinstance(found, Path):
        return found
    try:
        return Upload(found.name, found.read_bytes())
    except OSError as error:
        fail(f"{found} cannot be read: {error.strerror}.", WRONG_USE)


def signed_in(rt: Runtime, login: str) -> int:
    """The account of somebody who proves to be that person; raises LoginRefusedError."""
    password = os.environ.get(PASSWORD) or getpass.getpass(f"Password of {login}: ")
    memory = rt.settings.argon2_memory_kib
    with rt.db.read() as conn:
        found = people_service.login_with_password(conn, login, password, memory_kib=memory)
    return found.id


def _tell(done: object, *, as_json: bool) -> None:
    told: Json = {"done": True} if done is None else plain(done)
    if as_json:
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    elif isinstance(done, Waiting):
        out.print(f"Request {done.request} waits for a second officer.")
    elif done is None:
        out.print("Done.")
    else:
        _print(told)


def _print(told: Json, name: str = "") -> None:
    """Members a line; a list of objects as a table."""
    if isinstance(told, Mapping):
        for key, value in told.items():
            _print(value, key.replace("_", " "))
    elif isinstance(told, list) and told and isinstance(told[0], Mapping):
        out.print(f"{name}:" if name else "")
        _rows(told)
    else:
        text = ", ".join(map(_said, told)) if isinstance(told, list) else _said(told)
        out.print(f"{name}: {text}", markup=False, soft_wrap=True)


def _rows(told: list[Any]) -> None:
    shown = Table(*(key.replace("_", " ") for key in told[0]), box=None)
    for row in told:
        shown.add_row(*(_said(value) for value in row.values()))
    out.print(shown)


def _said(value: Json) -> str:
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, ensure_ascii=False)
    return "-" if value is None else str(value)
