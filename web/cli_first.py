"""`sakshi people link`: the first administrator's link, and links for others' first passwords."""

import json
import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from trust.log.runtime import Runtime
from trust.people.offices import links
from trust.settings import Settings
from web import binding, cli_verbs, wiring
from web.cli_verbs import WRONG_USE
from web.terminal import fail, out, state
from web.verbs import table
from web.verbs.links import path_of


def register(app: App) -> None:
    """Add the command to the group of people."""
    cli_verbs.group(app, "people").command(link)


def link(
    login: str | None = None,
    *,
    as_: Annotated[str | None, Parameter(name="--as")] = None,
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
) -> None:
    """Make a one-time link for a first password; without a name, for the first administrator.

    Parameters
    ----------
    login
        Whose. Without it the link is for the first administrator, if there never was one.
    as_
        Log-in name of the administrator or Registrar who makes it for somebody.
    json_
        Print the answer as JSON.
    """
    if login is not None and as_ is not None:
        verb = table.find("people", "link")
        cli_verbs.done(verb, as_, {"login": login}, as_json=json_)
        return
    if login is not None or as_ is not None:
        fail("A link for somebody takes a name and --as; one for the first administrator neither.",
             WRONG_USE)  # fmt: skip
    with state() as rt:
        path = first(rt)
    if json_:
        sys.stdout.write(json.dumps({"path": path}, indent=1) + "\n")
    else:
        tell(rt.settings, path)


def first(rt: Runtime) -> str:
    """The path of a link for the first administrator; raises AdministratorThereError."""
    with rt.db.write() as conn:
        token = links.first_link(conn, now=rt.clock())
    wiring.drain(rt)
    return path_of(token)


def tell(settings: Settings, path: str) -> None:
    """Show the whole address and what it is good for."""
    address = settings.public_url or binding.chosen(settings.bind, None, None).url
    out.print("The first administrator chooses a password here, once, within an hour:")
    out.print(Text(f"{address}{path}"), soft_wrap=True)
    out.print(f"The log-in name is {links.FIRST_LOGIN}. `sakshi people link` makes another link.")
