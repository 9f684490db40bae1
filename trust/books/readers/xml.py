"""Reading XML that somebody else made, within bounds.

No document type (refused before parsing), no entities, no network, no recovery, bounded depth and
text. Only whole elements that the caller names are handed out, and each is forgotten afterwards,
so that a day book of many megabytes does not stand in memory as a tree.
"""

import io
from collections.abc import Callable, Collection

from lxml import etree

from trust.books.pure.csvtext import Unreadable

MAX_ELEMENTS = 5_000_000


def walk(data: bytes, tags: Collection[str], visit: Callable[[etree._Element, str], None]) -> None:
    """Call ``visit(element, parent tag)`` for every named element, in document order.

    Raises:
        Unreadable: too many elements, or the bytes are not well-formed; the message carries line
            and column.
    """
    if data.count(b"<") - data.count(b"</") > MAX_ELEMENTS:
        raise Unreadable("too-large/elements")
    try:
        events = etree.iterparse(
            io.BytesIO(data),
            events=("end",),
            tag=tags,
            no_network=True,
            load_dtd=False,
            resolve_entities=False,
            recover=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for _, element in events:
            parent = element.getparent()
            visit(element, str(parent.tag) if parent is not None else "")
            _forget(element, parent)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise Unreadable(
            "xml-malformed", line=line, column=column, why=str(error.msg)[:160]
        ) from None


def _forget(element: etree._Element, parent: etree._Element | None) -> None:
    """Free a visited element and what stood before it; nested ones are freed with their parent."""
    if parent is not None and parent.tag in _CONTAINERS:
        element.clear()
        while element.getprevious() is not None:
            del parent[0]


_CONTAINERS = frozenset({"ENVELOPE", "TALLYMESSAGE", "COLLECTION", "DATA", "REQUESTDATA"})


def child_text(element: etree._Element, name: str) -> str:
    """The text of a direct child, trimmed; empty if there is none."""
    return (element.findtext(name) or "").strip()
