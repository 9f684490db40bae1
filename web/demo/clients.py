"""The client side of the demo: who holds which secret, and what they sign with it.

In life a member's seed stands on a printed voting card and an officer's in their own browser; here
both stand in `demo-logins.json` (readable by its owner only), which takes the place of the printed
cards. Nothing in this module touches the database, and the server never sees a seed.
"""

import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

from nacl.signing import SigningKey

from trust.formats import signing
from trust.formats.canon import Json

_WORDS = ("nila", "kayal", "puzha", "mala", "kili", "poovu", "mazha", "thumba", "kadal", "vayal",
          "kunnu", "thoni", "veyil", "naalikeram", "maavu", "chemban")  # fmt: skip


@dataclass(slots=True)
class Person:
    """Somebody who can sign in: a password for staff, a voting card or signing key, or both."""

    login: str
    name: str
    role: str
    society: str = ""
    password: str = ""
    card: str = ""


@dataclass(slots=True)
class Keyring:
    """Everybody's secrets by log-in name."""

    people: dict[str, Person] = field(default_factory=dict)

    def add(
        self, login: str, name: str, role: str, society: str = "", *, password: bool, card: bool
    ) -> Person:
        """Make somebody's secrets."""
        person = Person(
            login,
            name,
            role,
            society,
            _password() if password else "",
            signing.card_text(secrets.token_bytes(32)) if card else "",
        )
        self.people[login] = person
        return person

    def public_key(self, login: str) -> bytes:
        """What goes to the server: the public half."""
        return bytes(SigningKey(self._seed(login)).verify_key)

    def sign(
        self, login: str, role: str, kind: str, origin: str, record: Mapping[str, object]
    ) -> dict[str, Json]:
        """The record with this person's signature beside those of others, as their browser would
        make it."""
        body = cast(dict[str, Json], dict(record))
        made = signing.sign(self._seed(login), role, kind, origin, body)
        others = cast(list[dict[str, Json]], body.get("signatures") or [])
        return signing.with_signatures(body, [*others, made])

    def _seed(self, login: str) -> bytes:
        return signing.parse_card(self.people[login].card)

    def to_json(self) -> list[dict[str, Any]]:
        """For the file that stands for the printed cards."""
        return [asdict(person) for person in self.people.values()]


def _password() -> str:
    return f"{secrets.choice(_WORDS)}-{secrets.choice(_WORDS)}-{secrets.randbelow(9000) + 1000}"
