"""All verbs: those of every module here that exports some."""

import importlib
import pkgutil
from functools import cache

import web.verbs
from web.verbs.model import Verb

_MACHINERY = frozenset({"model", "page", "performing", "table", "values"})


@cache
def verbs() -> tuple[Verb, ...]:
    """The verbs in the order of module names, and of each module's list.

    Raises:
        ValueError: two have one name, or one has neither or both of `run` and `work`.
    """
    found: dict[str, Verb] = {}
    for module in sorted(pkgutil.iter_modules(web.verbs.__path__), key=lambda item: item.name):
        if module.name in _MACHINERY:
            continue
        part = importlib.import_module(f"web.verbs.{module.name}")
        for verb in getattr(part, "verbs", ()):
            if verb.path in found or (verb.run is None) == (verb.work is None):
                raise ValueError(f"{verb.path} stands twice, or lacks what it does")
            found[verb.path] = verb
    return tuple(found.values())


def find(group: str, name: str) -> Verb:
    """The verb of that name; raises StopIteration, a fault of the program, if there is none."""
    return next(one for one in verbs() if (one.group, one.name) == (group, name))
