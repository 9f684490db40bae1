"""What may be given as something to be watched, and what is to be read for it.

A server's address, a log's own (`…/l/<origin>`, at a mirror `…/<origin>`), the page of a society
or of a meeting (`…/s/<slug>`), a mirror's folder, plain or as `file://`. A page is believed to
name logs, never to say what is in them: keys and heads come from the state log all the same.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from audit.monitoring.wire import Absent, FolderSite, HttpSite, Site, Unreachable
from trust.formats import origins
from trust.formats.errors import FormatError, SakshiError
from trust.formats.policy import parse_policy


class TargetError(SakshiError):
    """What was given is nothing that can be watched."""

    default_code = "target"


@dataclass(frozen=True, slots=True)
class Target:
    """A site, and the logs that were meant: none for all of them (see `Options.only`)."""

    site: Site
    only: tuple[str, ...] = ()


def resolve(text: str, *, rate: float, timeout: float, connections: int = 1) -> Target:
    """What an address or a folder stands for.

    Raises:
        TargetError: it is none of what can be watched.
        Unreachable: a folder that is not there.
    """
    if "://" not in text:
        return _folder(Path(text))
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (read, because that is when a port is looked at)
    except ValueError as error:
        raise TargetError(f"{text} is no address: {error}.") from None
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise TargetError(f"{text} names another machine: give an http address of it.")
        return _folder(Path(url2pathname(parts.path)))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise TargetError(f"{text} is not an http, https or file address.")
    site = parts.scheme + "://" + parts.netloc
    before, only, page = _split(parts.path.rstrip("/"))
    found = HttpSite(site + before, rate=rate, timeout=timeout, connections=connections)
    if page is not None:
        return Target(found, _of_page(found, page, text))
    if before and not only:
        _expect_site(found, text)
    return Target(found, only)


def _split(path: str) -> tuple[str, tuple[str, ...], list[str] | None]:
    """Where the site begins, the log, and the parts of a page's address below `/s/`."""
    path = unquote(path).removesuffix("/checkpoint")
    before, mark, tail = path.partition("/l/")
    if mark:
        try:
            origins.parse_origin(tail)
        except FormatError as error:
            raise TargetError(f"{path} is no log's address: {error}") from None
        return before, (tail,), None
    before, mark, tail = path.partition("/s/")
    if mark:
        return before, (), tail.split("/")
    before, origin = _at_end(path)
    if origin is not None:
        return before, (origin,), None
    return path.removesuffix("/policy"), (), None


def _at_end(path: str) -> tuple[str, str | None]:
    """The log whose name a path ends with, and what stands before it."""
    segments = path.split("/")
    for at in range(len(segments)):
        origin = "/".join(segments[at:])
        try:
            origins.parse_origin(origin)
        except FormatError:
            continue
        return "/".join(segments[:at]), origin
    return path, None


def _folder(path: Path) -> Target:
    if not path.is_dir():
        raise Unreachable(f"{path} is neither an http(s) address nor a folder.")
    if (path / "policy").is_file():
        return Target(FolderSite(path))
    before, origin = _at_end(path.absolute().as_posix())
    if origin is not None:
        return Target(FolderSite(Path(before)), (origin,))
    raise TargetError(
        f"{path} is not the folder of a mirror, which has a file named policy: give the one that "
        "`sakshi mirror` was given."
    )


def _of_page(site: Site, page: list[str], text: str) -> tuple[str, ...]:
    """The logs of a society's or a meeting's page. Without an answer: of the name alone."""
    slug = page[0].removesuffix(".json")
    meeting = page[2] if page[1:2] == ["meetings"] and page[2:] else None
    try:
        listed = _meetings(site.get(f"s/{slug}.json"))
    except Absent:
        raise TargetError(f"{text}: there is no society {slug!r} at {site.base}.") from None
    except Unreachable:
        listed = {}
    if meeting is None:
        return f"coop/{slug}", *listed.values()
    return (listed.get(meeting, f"meeting/{meeting}"),)


def _meetings(body: bytes) -> dict[str, str]:
    """Meetings that a society's page lists: id and log."""
    try:
        page = json.loads(body)
        found = {str(item["id"]): str(item["origin"]) for item in page["meetings"]}
        for origin in found.values():
            origins.parse_origin(origin)
    except (ValueError, KeyError, TypeError, RecursionError, FormatError):
        raise TargetError("The page does not say which logs it is about.") from None
    return found


def _expect_site(site: Site, text: str) -> None:
    """A path that is no known kind of page must be where a server or mirror begins."""
    try:
        parse_policy(site.get("policy"))
    except (Absent, FormatError):
        raise TargetError(
            f"{text} is nothing that can be watched. Give the address of a server or a mirror "
            "(https://host), of a society's page (…/s/<society>), of a log (…/l/<origin>), or a "
            "mirror's folder."
        ) from None
    except Unreachable:
        return
