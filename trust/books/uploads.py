"""Files that wait between the look and the seal, in no log: `book_upload`, in parts.

A file is bound to the society and to the account that sent it, and is removed when it is sealed,
given up, or a day old.
"""

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import count
from typing import Any, BinaryIO, Final

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from trust.books.errors import UnknownUploadError, UploadsFullError
from trust.books.model import Question
from trust.books.tables import book_upload, book_upload_part
from trust.log.context import Context

PART: Final = 262_144
"""Bytes of a part."""
TOGETHER: Final = 8
"""Parts written in one transaction, so that nobody else waits long."""
MOST: Final = 6
"""Files of one society that may wait at a time."""
KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that waits; times are UTC seconds.

    Attributes:
        token: random; names it in addresses.
        account: who sent it; nobody else sees or seals it.
        answers: what was answered so far, by the question's code.
        asked: the questions of every look, so that answers can be changed.
    """

    token: str
    society: str
    account: int
    filename: str
    kind: str
    size: int
    created_at: int
    answers: Mapping[str, str]
    asked: tuple[Question, ...]


def keep(
    ctx: Context,
    society: str,
    account: int,
    filename: str,
    stream: BinaryIO,
    *,
    kind: str,
    answers: Mapping[str, str],
) -> str:
    """Store a file; returns its token.

    Raises:
        UploadsFullError: as many files of the society wait as may.
    """
    token = secrets.token_urlsafe(24)
    with ctx.db.write() as conn:
        clear_expired(conn, now=ctx.clock())
        c = book_upload.c
        query = select(func.count()).select_from(book_upload).where(c.society == society)
        if conn.execute(query).scalar_one() >= MOST:
            raise UploadsFullError(most=MOST)
        row = {
            "token": token,
            "society": society,
            "account": account,
            "filename": "".join(char for char in filename if char.isprintable())[:200],
            "kind": kind,
            "size": 0,
            "created_at": ctx.clock(),
            "answers": json.dumps(dict(answers)),
            "asked": "[]",
        }
        conn.execute(insert(book_upload).values(row))
    try:
        _store(ctx, token, stream)
    except BaseException:
        clear(ctx, token)
        raise
    return token


def _store(ctx: Context, token: str, stream: BinaryIO) -> None:
    size = 0
    for first in count(0, TOGETHER):
        parts = [part for _ in range(TOGETHER) if (part := stream.read(PART))]
        with ctx.db.write() as conn:
            rows = [
                {"token": token, "number": number, "data": part}
                for number, part in enumerate(parts, first)
            ]
            if rows:
                conn.execute(insert(book_upload_part), rows)
            size += sum(len(part) for part in parts)
            conn.execute(update(book_upload).where(_is(token)).values(size=size))
        if len(parts) < TOGETHER:
            return


def _is(token: str) -> Any:
    return book_upload.c.token == token


def upload(conn: Connection, token: str, society: str, account: int, *, now: int) -> Upload:
    """A file that waits, for the account that sent it.

    Raises:
        UnknownUploadError: none of that token waits for this account.
    """
    c = book_upload.c
    query = select(book_upload).where(
        _is(token), c.society == society, c.account == account, c.created_at > now - KEPT_SECONDS
    )
    row = conn.execute(query).first()
    if row is None:
        raise UnknownUploadError
    return _upload(row)


def waiting(conn: Connection, society: str, *, now: int) -> list[Upload]:
    """The files of a society that wait, oldest first."""
    c = book_upload.c
    query = select(book_upload).where(c.society == society, c.created_at > now - KEPT_SECONDS)
    return [_upload(row) for row in conn.execute(query.order_by(c.created_at, c.token))]


def _upload(row: Row[Any]) -> Upload:
    questions = (item | {"answers": tuple(item["answers"])} for item in json.loads(row.asked))
    return Upload(
        row.token,
        row.society,
        row.account,
        row.filename,
        row.kind,
        row.size,
        row.created_at,
        json.loads(row.answers),
        tuple(Question(**item) for item in questions),
    )


def content(conn: Connection, token: str) -> bytes:
    """The bytes of a file that waits."""
    p = book_upload_part.c
    query = select(p.data).where(p.token == token).order_by(p.number)
    return b"".join(bytes(part) for part in conn.execute(query).scalars())


def answer(conn: Connection, token: str, answers: Mapping[str, str]) -> None:
    """Write down what was answered."""
    conn.execute(update(book_upload).where(_is(token)).values(answers=json.dumps(dict(answers))))


def asked(conn: Connection, kept: Upload, questions: Iterable[Question]) -> None:
    """Write down what a look asked, beside what earlier looks asked."""
    known = {question.code: question for question in (*kept.asked, *questions)}
    told = json.dumps([asdict(question) for question in known.values()], ensure_ascii=False)
    conn.execute(update(book_upload).where(_is(kept.token)).values(asked=told))


def clear(ctx: Context, token: str) -> None:
    """Remove a file that waited, if it still does."""
    with ctx.db.write() as conn:
        _clear(conn, [token])


def clear_expired(conn: Connection, *, now: int) -> None:
    """Remove every file that has waited for a day."""
    old = book_upload.c.created_at <= now - KEPT_SECONDS
    _clear(conn, conn.execute(select(book_upload.c.token).where(old)).scalars().all())


def _clear(conn: Connection, tokens: Any) -> None:
    if not tokens:
        return
    if conn.dialect.name == "sqlite":
        # What is deleted is overwritten: these bytes were sealed by nobody.
        conn.exec_driver_sql("PRAGMA secure_delete = ON")
    conn.execute(delete(book_upload_part).where(book_upload_part.c.token.in_(tokens)))
    conn.execute(delete(book_upload).where(book_upload.c.token.in_(tokens)))
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA secure_delete = OFF")
