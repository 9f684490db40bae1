"""An entry made ready before its transaction begins: checked, in canonical form, committed to."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trust.formats import b64, canon, records
from trust.formats.canon import Json
from trust.formats.commitments import SALT, commit_private, commit_public
from trust.formats.records import Kind
from trust.log.errors import LogError
from trust.log.model import NewEntry


@dataclass(frozen=True, slots=True)
class Prepared:
    """An entry checked, in canonical form and salted, before the log gives it time and index.

    `record` and `detail` are what the two `…_bytes` say.
    """

    kind: Kind
    key: str
    commitment: bytes
    record: Mapping[str, Json]
    record_bytes: bytes
    salt: bytes | None
    detail: Mapping[str, Json] | None = None
    detail_bytes: bytes | None = None
    detail_salt: bytes | None = None
    annex: Mapping[str, Json] | None = None


def prepare(item: NewEntry) -> Prepared:
    """Check a record against its kind and compute its commitment; needs no transaction.

    Raises FormatError naming the member that is wrong.
    """
    return prepare_all([item])[0]


def prepare_all(items: Sequence[NewEntry]) -> list[Prepared]:
    """`prepare` for many entries, whose salts are drawn at once."""
    salts = os.urandom(2 * SALT * len(items))
    return [
        _prepare(item, salts[at : at + SALT], salts[at + SALT : at + 2 * SALT])
        for at, item in zip(range(0, len(salts), 2 * SALT), items, strict=True)
    ]


def _prepare(item: NewEntry, salt: bytes, other: bytes) -> Prepared:
    record, committed, detail_bytes = dict(item.record), None, None
    if item.detail is not None:
        detail = dict(item.detail)
        records.check_record(detail)
        detail_bytes = canon.canonical(detail)
        committed = commit_private(f"{item.kind}-detail", other, detail_bytes)
        record["detail"] = None
    kind = records.check_record(record)
    if kind.name != item.kind:
        raise LogError(f"A {record.get('kind')!r} record cannot be appended as {item.kind!r}.")
    if committed is not None:
        record["detail"] = b64.encode(committed)
    return committed_to(
        kind, item.key, record, canon.canonical(record), salt=None if kind.public else salt,
        detail=item.detail, detail_bytes=detail_bytes, detail_salt=committed and other,
        annex=item.annex,
    )  # fmt: skip


def prepare_checked(kind: Kind, key: str, record: Mapping[str, Json], document: bytes) -> Prepared:
    """`prepare` for a record that was checked against its kind already and is in canonical form.

    Args:
        kind: what `records.check_record` returned for it.
        key: idempotency key within the log.
        record: the record.
        document: the record in canonical form.

    Raises LogError for a kind that stands in no log.
    """
    salt = None if kind.public else os.urandom(SALT)
    return committed_to(kind, key, record, document, salt=salt)


def committed_to(
    kind: Kind,
    key: str,
    record: Mapping[str, Json],
    document: bytes,
    *,
    salt: bytes | None,
    detail: Mapping[str, Json] | None = None,
    detail_bytes: bytes | None = None,
    detail_salt: bytes | None = None,
    annex: Mapping[str, Json] | None = None,
) -> Prepared:
    """An entry whose record and detail were checked and salted before, with its commitment.

    Raises LogError for a kind that stands in no log.
    """
    if kind.log is None:
        raise LogError(f"A {kind.name!r} record stands in no log.")
    commitment = (
        commit_public(document) if salt is None else commit_private(kind.name, salt, document)
    )
    return Prepared(
        kind, key, commitment, record, document, salt, detail, detail_bytes, detail_salt, annex
    )
