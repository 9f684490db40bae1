"""An entry made ready before its transaction begins: checked, in canonical form, committed to."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    record, detail = dict(item.record), None
    detail_bytes = detail_salt = None
    if item.detail is not None:
        detail = dict(item.detail)
        records.check_record(detail)
        detail_bytes, detail_salt = canon.canonical(detail), os.urandom(SALT)
        commitment = commit_private(f"{item.kind}-detail", detail_salt, detail_bytes)
        record["detail"] = b64.encode(commitment)
    kind = records.check_record(record)
    if kind.name != item.kind:
        raise LogError(f"A {record.get('kind')!r} record cannot be appended as {item.kind!r}.")
    found = prepare_checked(kind, item.key, record, canon.canonical(record))
    return replace(
        found, detail=detail, detail_bytes=detail_bytes, detail_salt=detail_salt, annex=item.annex
    )


def prepare_checked(kind: Kind, key: str, record: Mapping[str, Json], document: bytes) -> Prepared:
    """`prepare` for a record that was held against its kind already and stands in canonical form.

    Args:
        kind: what `records.check_record` returned for it.
        key: idempotency key within the log.
        record: the record.
        document: the record in canonical form.

    Raises LogError for a kind that stands in no log.
    """
    if kind.log is None:
        raise LogError(f"A {kind.name!r} record stands in no log.")
    salt = None if kind.public else os.urandom(SALT)
    commitment = (
        commit_public(document) if salt is None else commit_private(kind.name, salt, document)
    )
    return Prepared(kind, key, commitment, record, document, salt)
