"""Is a pinned file complete? `python deploy/complete.py PINNED...`, run by the environment it made.

Pinned files are installed without looking for dependencies, so each must name all of them. For
every package that a file pins, what the installed package asks for (markers and extras counted,
which `pip check` does not do for extras) must be pinned in the same files, in a version that it
allows. Exit codes: 0 complete, 1 not, with what is missing.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

# Every environment has pip and what pip carries; nothing else may be counted on here.
from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([\w.-]+)(?:\[[\w.,-]+\])?==(\S+)", re.MULTILINE)


def pinned(files: list[str]) -> dict[str, str]:
    """Version by name."""
    text = "\n".join(Path(file).read_text("utf-8") for file in files)
    return {canonicalize_name(name): version for name, version in PIN.findall(text)}


def asked(name: str, extras: frozenset[str]) -> Iterator[Requirement]:
    """What an installed package requires here, with these of its extras."""
    for line in metadata.requires(name) or ():
        found = Requirement(line)
        if found.marker is None or any(
            found.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        ):
            yield found


def wanted() -> dict[str, frozenset[str]]:
    """The extras that our own project asks for, by the name of the package."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(line) for lines in listed for line in lines]
    return {canonicalize_name(one.name): frozenset(one.extras) for one in found}


def faults(versions: dict[str, str]) -> Iterator[str]:
    """Everything that is missing, or pinned in a version that is not allowed."""
    waiting = [(name, extras) for name, extras in wanted().items() if name in versions]
    waiting += [(name, frozenset()) for name in versions]
    done: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in done:
            continue
        done.add((name, extras))
        for found in asked(name, extras):
            needed = canonicalize_name(found.name)
            if needed not in versions:
                yield f"{name} needs {found}, which is not pinned"
            elif not found.specifier.contains(versions[needed], prereleases=True):
                yield f"{name} needs {found}, but {versions[needed]} is pinned"
            elif found.extras:
                waiting.append((needed, frozenset(found.extras)))


def main() -> int:
    """Check and say."""
    files = sys.argv[1:]
    missing = sorted(set(faults(pinned(files))))
    for line in missing:
        print(f"{', '.join(files)}: {line}", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
