"""`sakshi package`: a society's audit package of a log year, a file for each log of the year."""

from collections.abc import Callable
from pathlib import Path

from cyclopts import App

from trust.formats.errors import SakshiError
from trust.log.runtime import Runtime
from web import wiring
from web.cli_books import slug_of
from web.terminal import err, fail, out, state

Make = Callable[[str], bytes]
"""The package of a log, named by year and number, such as `2026-27.2`."""


def register(app: App) -> None:
    """Add the command."""
    app.command(package)


def package(society: str, file: Path, *, year: str | None = None) -> None:
    """Write a society's audit package of a log year (2026-27; by default the newest), open.

    If the year has several logs (a key was ended in it), each is a package of its own: FILE-1.zip,
    FILE-2.zip and so on, to be verified together. Exit status 1: a log of it cannot be packed.

    Parameters
    ----------
    society
        Registration number or slug.
    file
        The file to write; what is there is replaced.
    year
        Log year; 2026-27.2 names its second log alone.
    """
    with state() as rt:
        wiring.drain(rt)
        slug, names = _logs(rt, society, year)
        places = _places(file, len(names))
        written, refused = _write(rt, slug, dict(zip(names, places, strict=True)))
    for place in written:
        out.print(f"{place}: {place.stat().st_size} bytes.", soft_wrap=True)
    if written:
        files = " ".join(map(str, written))
        out.print(f"Check it with: sakshi-audit verify {files}", soft_wrap=True)
    if refused:
        for told in refused:
            err.print(told, soft_wrap=True)
        raise SystemExit(1)


def _logs(rt: Runtime, society: str, year: str | None) -> tuple[str, list[str]]:
    """Slug of the society, and year and number of each log of that year."""
    from trust.books.package import book_logs
    from trust.formats.origins import parse_origin
    from trust.people import queries as people

    with rt.db.read() as conn:
        profile = people.society(conn, slug_of(society))
        if profile is None:
            fail(f"No society {society!r}. `sakshi societies` lists them.", 2)
        found = map(parse_origin, book_logs(conn, profile.slug, year))
        return profile.slug, [f"{one.year}.{one.shard}" for one in found]


def _places(file: Path, count: int) -> list[Path]:
    """The files: that one, or numbered ones if there are several."""
    if count == 1:
        return [file]
    stem, end = (file.stem, file.suffix) if file.suffix == ".zip" else (file.name, ".zip")
    return [file.with_name(f"{stem}-{number}{end}") for number in range(1, count + 1)]


def _write(rt: Runtime, slug: str, places: dict[str, Path]) -> tuple[list[Path], list[str]]:
    """Write each package; returns the files, and why others could not be made."""
    from trust.books.package import society_package
    from trust.log.package import everything

    written: list[Path] = []
    refused: list[str] = []
    for name, place in places.items():
        try:
            with rt.db.read() as conn:
                place.write_bytes(society_package(conn, slug, everything, year=name))
            written.append(place)
        except SakshiError as error:
            refused.append(str(error))
        except OSError as error:
            fail(f"{place} cannot be written: {error.strerror}.", 2)
    return written, refused
