"""Asking one witness over HTTP for its cosignature (C2SP tlog-witness, `add-checkpoint`).

A witness may be slow, wrong or hostile: an answer has a size limit and a time limit as a whole,
redirects are not followed, and only a signature that verifies under the key we were given counts.
Witnesses in the field deviate from the statuses of the specification (403 or 500 for an unknown
log, 409 without a size); each of those is a refusal with its own words here, never more.
"""

import http.client
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from trust.formats.checkpoints import parse_decimal
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import NoteSignature, SignedNote, parse_note
from trust.formats.policy import PolicyWitness
from trust.formats.witness import format_request
from trust.log.errors import LogError

MAX_ANSWER = 64 * 1024

Prove = Callable[[int], Sequence[bytes]]
"""The consistency proof from an older size to the head that is to be cosigned."""


class WitnessFault(LogError):
    """A witness did not cosign.

    `code` says how: `unreachable`, `refused`, `garbage`, `ahead` (it has seen a larger head of
    this log), `conflict` (it says that it has seen another history: a fork, or its own fault).
    """

    default_code = "refused"


@dataclass(frozen=True)
class Cosigned:
    """A verified cosignature and the time it states (UTC seconds)."""

    signature: NoteSignature
    time: int


@dataclass(frozen=True)
class _Answer:
    status: int
    body: bytes


def ask(
    witness: PolicyWitness, old: int, size: int, note: bytes, prove: Prove, timeout: float
) -> Cosigned:
    """Have a witness cosign a head, proven from the size it is thought to hold.

    If it answers that it holds another size, the proof is built again from that, once.

    Raises:
        WitnessFault: it did not.
    """
    text = note.decode()
    answer = _post(witness, format_request(old, prove(old), text), timeout)
    if answer.status == 409:
        held = _held(answer)
        if held is None or held == old:
            raise WitnessFault(
                f"{witness.name} says that it has seen another history of this log (409).",
                code="conflict",
            )
        if held > size:
            raise WitnessFault(
                f"{witness.name} has seen size {held} of this log, ours is {size}: another "
                "process is ahead, or this database was put back.",
                code="ahead",
            )
        answer = _post(witness, format_request(held, prove(held), text), timeout)
    return _read(witness, answer, parse_note(text))


def _held(answer: _Answer) -> int | None:
    """The size in a 409, if there is one; the media type is not always set."""
    try:
        return parse_decimal(answer.body.decode("ascii").removesuffix("\n"), "size")
    except (UnicodeDecodeError, FormatError):
        return None


def _read(witness: PolicyWitness, answer: _Answer, note: SignedNote) -> Cosigned:
    if answer.status in (409, 422):
        raise WitnessFault(
            f"{witness.name} says that this head does not follow from what it has seen "
            f"({answer.status}).",
            code="conflict",
        )
    if answer.status != 200:
        raise WitnessFault(f"{witness.name} does not cosign this log (status {answer.status}).")
    key = witness.key
    try:
        lines = parse_note(note.text.encode() + b"\n" + answer.body).signatures
        mine = [line for line in lines if (line.name, line.key_id) == (key.name, key.key_id)]
        found = [Cosigned(line, verify_cosignature(note.text, line, key)) for line in mine]
    except SakshiError as fault:
        raise WitnessFault(
            f"The answer of {witness.name} is no cosignature: {fault}", code="garbage"
        ) from None
    if not found:
        raise WitnessFault(
            f"{witness.name} answered with a signature of another key.", code="garbage"
        )
    return max(found, key=lambda cosigned: cosigned.time)


def _post(witness: PolicyWitness, body: bytes, timeout: float) -> _Answer:
    try:
        connection, path = _connection(witness, timeout)
    except ValueError as fault:
        raise WitnessFault(f"The address of {witness.name} is wrong: {fault}") from None
    # The socket's own time limit starts again with each byte; this one does not.
    alarm = threading.Timer(timeout, _cut, [connection])
    alarm.daemon = True
    alarm.start()
    try:
        connection.request("POST", path, body, {"Content-Type": "text/plain; charset=utf-8"})
        response = connection.getresponse()
        data = response.read(MAX_ANSWER + 1)
    except (OSError, http.client.HTTPException, ValueError) as fault:
        raise WitnessFault(
            f"{witness.name} does not answer: {str(fault) or type(fault).__name__}",
            code="unreachable",
        ) from None
    finally:
        alarm.cancel()
        connection.close()
    if len(data) > MAX_ANSWER:
        raise WitnessFault(f"{witness.name} answers without end.", code="garbage")
    return _Answer(response.status, data)


def _connection(witness: PolicyWitness, timeout: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(witness.url or "")
    kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if parts.scheme not in kinds or not parts.hostname:
        raise ValueError(f"{witness.url} is not an http address")
    made = kinds[parts.scheme](parts.hostname, parts.port, timeout=timeout)
    return made, f"{parts.path.rstrip('/')}/add-checkpoint"


def _cut(connection: http.client.HTTPConnection) -> None:
    if connection.sock is not None:
        with suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
