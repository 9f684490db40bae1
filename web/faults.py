"""Every refusal that has a sentence, by its slug: the English side of the catalogue of refusals.

The class is the one source of slug, HTTP status and English sentence; ``web/locales/faults.toml``
has the Malayalam under the slug, with the same places. Classes are in the ``errors`` modules of the
packages.
"""

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from trust.formats.errors import SakshiError

MODULES: Final = (
    "trust.formats.errors",
    "trust.database",
    "trust.log.errors",
    "trust.people.errors",
    "trust.people.accounterrors",
    "trust.people.offices.errors",
    "trust.books.errors",
    "voting.pure.errors",
    "voting.errors",
    "oversight.errors",
    "oversight.applications.errors",
    "web.errors",
)
"""Where the refusals stand that can reach a reader of pages or of the API."""


@cache
def sentences() -> Mapping[str, str]:
    """The English sentence of every slug.

    Raises:
        ValueError: two classes say different things under one slug.
    """
    found: dict[str, str] = {}
    for error in classes():
        if found.setdefault(error.default_code, error.text) != error.text:
            raise ValueError(f"{error.__qualname__}: {error.default_code} says something else too.")
    return found


def classes() -> list[type[SakshiError]]:
    """Every class of these modules that has a sentence of its own."""
    for module in MODULES:
        importlib.import_module(module)
    return [kind for kind in _below(SakshiError) if kind.__module__ in MODULES and kind.text]


def _below(kind: type[SakshiError]) -> Iterator[type[SakshiError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
