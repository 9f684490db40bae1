"""Reading XML that somebody else made, within bounds.

No document type (refused before parsing), no entities, no network, no recovery, bounded depth and
text. Only whole elements that the caller names are handed out, and each is forgotten afterwards,
so that a day book of many megabytes does not stand in memory as a tree.
"""

from collections.abc import Callable, Collection, Iterable

from lxml import etree

from trust.books.pure.csvtext import Unreadable

MAX_ELEMENTS = 5_000_000
MAX_UNKNOWN = 200_000
"""Elements before the first that the caller named: this is another kind of file."""


def pull_parser(
    tags: Collection[str], encoding: str | None = None
) -> "etree.XMLPullParser[etree._Element]":
    """A parser that takes bytes as they come and hands out the named elements once complete.

    The encoding is the file's own if none is named.
    """
    return etree.XMLPullParser(
        events=("end",),
        tag=tags,
        no_network=True,
        load_dtd=False,
        resolve_entities=False,
        recover=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding=encoding,
    )


def walk(
    parts: Iterable[bytes], tags: Collection[str], visit: Callable[[etree._Element, str], None]
) -> None:
    """Call ``visit(element, parent tag)`` for every named element, in document order.

    Args:
        parts: UTF-8, each part ending behind an element's tag.

    Raises:
        Unreadable: too many elements, or the bytes are not well-formed; the message carries line
            and column.
    """
    parser = pull_parser(tags, "utf-8")
    try:
        _feed(parser, parts, frozenset(tags), visit)
        parser.close()
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable(
            "xml-malformed", line=line, column=column, why=str(error.msg)[:160]
        ) from None


def _feed(
    parser: "etree.XMLPullParser[etree._Element]",
    parts: Iterable[bytes],
    tags: frozenset[str],
    visit: Callable[[etree._Element, str], None],
) -> None:
    root: etree._Element | None = None
    elements = 0
    for part in parts:
        elements += part.count(b"<") - part.count(b"</")
        if elements > MAX_ELEMENTS:
            raise Unreadable("too-large/elements")
        parser.feed(part)
        for _, element in parser.read_events():
            parent = element.getparent()
            visit(element, str(parent.tag) if parent is not None else "")
            if root is None:
                root = element.getroottree().getroot()
        if root is not None:
            _forget(root, tags)
        elif elements > MAX_UNKNOWN:
            raise Unreadable("nothing-known")


def _forget(root: etree._Element, tags: frozenset[str]) -> None:
    """Free everything that ended before the element that is being read."""
    node = root
    while node.tag not in tags and len(node):
        del node[:-1]
        node = node[-1]


def child_text(element: etree._Element, name: str) -> str:
    """The text of a direct child, trimmed; empty if there is none."""
    return (element.findtext(name) or "").strip()


def child_texts(element: etree._Element, names: Collection[str]) -> dict[str, str]:
    """The text of the first direct child of each of these names, trimmed, in one pass."""
    found: dict[str, str] = {}
    for child in element.iterchildren(*names):
        tag = str(child.tag)
        if tag not in found:
            found[tag] = (child.text or "").strip()
    return found
