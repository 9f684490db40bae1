"""The file that stands for the printed voting cards, and what `make demo` prints of it."""

import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console

from trust.formats.errors import SakshiError

LOGINS = "demo-logins.json"
FORMAT = "sakshi-demo/1"


class DemoError(SakshiError):
    """The demo cannot be made or read; the sentence says why and what to do."""

    default_code = "demo"


def read_logins(home: Path) -> dict[str, Any]:
    """What `write_logins` wrote; raises DemoError if the folder holds no demo state."""
    try:
        found: dict[str, Any] = json.loads((home / LOGINS).read_text("utf-8"))
    except (OSError, ValueError):
        raise DemoError(f"{home} holds no demo state. Run `make demo` first.") from None
    if found.get("format") != FORMAT:
        raise DemoError(f"{home / LOGINS} is of another version. Run `make demo-reset`.")
    return found


def write_logins(home: Path, content: dict[str, Any]) -> None:
    """Write the file, readable by its owner only, whole or not at all."""
    part = home / (LOGINS + ".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **content}, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.rename(home / LOGINS)


def person(found: dict[str, Any], login: str) -> dict[str, str]:
    """One person of the file by log-in name."""
    return next(item for item in found["people"] if item["login"] == login)


def print_logins(home: Path, url: str, console: Console) -> None:
    """The address, one log-in of each kind, and what to try with it."""
    found = read_logins(home)
    slug, meeting = found["society"], found["meeting"]
    member = person(found, f"{slug}.m1")
    rows = [
        (
            "member",
            f"voting card {member['card']}",
            f"type the card, then vote at {url}/member/meetings/{meeting}",
        )
    ]
    for role, login, hint in (
        ("secretary", f"{slug}.secretary", "import a file, file a balance sheet"),
        ("auditor", "auditor", "check packages, entries, proofs"),
        ("registrar", "registrar", "watch the board, answer an alert"),
    ):
        word = person(found, login)["password"]
        rows.append((role, f"{login}   password {word}", f"{hint}: {url}/{role}"))
    _say(console, f"\n[bold]Sakshi, demo state[/] {found['host']}")
    _say(console, f"\n  [bold]{url}/[/]   find a society and check it: no log-in needed\n")
    for who, secret, hint in rows:
        _say(console, f"  [bold]{who:10}[/] {secret}\n             {hint}")
    officer = person(found, f"{slug}.secretary")["card"]
    _say(console, f"\n  sign in at {url}/login; the secretary signs with the key\n  {officer}")
    _say(console, f"  all {len(found['people'])} log-ins and cards: {home / LOGINS}")
    _say(console, f"  a file of your own: sakshi import {slug.upper()} FILE\n")


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True)
