"""A few SVG elements as text: everything escaped, no inline style, no script (strict CSP)."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr


def element(name: str, *children: str, **attributes: str | int) -> str:
    """One element. Attribute names: ``class_`` for class, ``_`` inside a name stands for ``-``;
    children are markup already."""
    written = "".join(f" {_name(key)}={quoteattr(str(value))}" for key, value in attributes.items())
    inner = "".join(children)
    return f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>"


def text(words: str, **attributes: str | int) -> str:
    """A text element; the words are escaped here."""
    return element("text", escape(words), **attributes)


def tooltip(words: str) -> str:
    """The title of a part, shown when a pointer rests on it."""
    return element("title", escape(words))


def picture(
    id_: str, title: str, description: str, width: int, height: int, parts: Iterable[str]
) -> str:
    """A whole picture with a title and a description that screen readers announce.

    Args:
        id_: unique on the page; the ids inside begin with it.
    """
    return element(
        "svg",
        element("title", escape(title), id=f"{id_}-title"),
        element("desc", escape(description), id=f"{id_}-desc"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_labelledby=f"{id_}-title {id_}-desc",
    )


def _name(key: str) -> str:
    if key in ("viewBox", "xmlns"):
        return key
    return key.rstrip("_").replace("_", "-")
