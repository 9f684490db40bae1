"""Asking a witness over HTTP for its cosignature (C2SP tlog-witness, `add-checkpoint`).

A witness may be slow, wrong or hostile: an answer has a size limit and a time limit as a whole,
redirects are not followed, and only a signature that verifies under the key we were given, at a
time that can be true, counts. Witnesses in the field deviate from the statuses of the
specification (403 or 500 for an unknown log, 409 without a size); each of those is a refusal with
its own words here, never more.
"""

import http.client
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from trust.formats.checkpoints import parse_checkpoint, parse_decimal
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import NoteSignature, SignedNote, parse_note
from trust.formats.policy import PolicyWitness
from trust.formats.witness import format_request
from trust.log.errors import LogError

MAX_ANSWER = 64 * 1024
CLOCK_SECONDS = 300
"""How far the time in a fresh cosignature may be from ours, either way; clocks differ."""

Clock = Callable[[], int]
Prove = Callable[[int], Sequence[bytes]]
"""The consistency proof from an older size to the head that is to be cosigned."""


class WitnessError(LogError):
    """A witness did not cosign.

    `code` says how: `unreachable`, `refused`, `garbage`, `clock` (a signature that states a time
    that cannot be), `ahead` (it has seen a larger head of this log), `conflict` (it says that it
    has seen another history: a fork, or its own fault), `forgot` (it holds less than it cosigned:
    it could be made to vouch for a fork). Of the last three, `answer` holds what it answered
    (status line and body) and `theirs` the checkpoint that it serves of this log, if any.
    """

    default_code = "refused"

    def __init__(self, message: str, *, code: str | None = None, answer: bytes = b"") -> None:
        super().__init__(message, code=code)
        self.answer = answer
        self.theirs = b""


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A verified cosignature, by which line of the policy, and the time it states (UTC seconds)."""

    witness: PolicyWitness
    signature: NoteSignature
    time: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes

    def raw(self) -> bytes:
        return f"{self.status}\n".encode() + self.body


class Line:
    """A connection to one witness that is kept open; one question at a time.

    `keys` are the lines of the policy with its address: one witness, one or more keys. `timeout`
    is for each answer as a whole (seconds). By `clock` (UTC seconds) the time in a cosignature is
    judged; without one it is not.
    """

    def __init__(self, keys: Sequence[PolicyWitness], timeout: float, clock: Clock | None) -> None:
        self._keys, self._timeout, self._clock = keys, timeout, clock
        self._name, self._url = name_of(keys), keys[0].url or ""
        self._open: http.client.HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._late = False

    def ask(self, old: int, size: int, note: bytes, prove: Prove) -> list[Cosigned]:
        """Have the witness cosign a head, proven from the size it is thought to hold.

        Returns a cosignature for each of its keys that its one answer has, at least one. `old` is
        the largest size of which its cosignature is held here, 0 for none. If it answers that it
        holds a larger one, the proof is built again from that, once.

        Raises:
            WitnessError: it did not.
        """
        try:
            return self._ask(old, size, note.decode(), prove)
        except WitnessError as error:
            if error.code in ("conflict", "ahead", "forgot"):
                error.theirs = self._theirs(note)
            raise

    def close(self) -> None:
        """Close the connection."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _ask(self, old: int, size: int, text: str, prove: Prove) -> list[Cosigned]:
        answer = self._send("POST", "add-checkpoint", format_request(old, prove(old), text))
        if answer.status == 409:
            held = _held(answer)
            if held is None or held == old:
                raise WitnessError(
                    f"{self._name} says that it has seen another history of this log (409).",
                    code="conflict",
                    answer=answer.raw(),
                )
            if held > size:
                raise WitnessError(
                    f"{self._name} has seen size {held} of this log, ours is {size}: another "
                    "process is ahead, or this database was put back.",
                    code="ahead",
                    answer=answer.raw(),
                )
            if held < old:
                raise WitnessError(
                    f"{self._name} has cosigned size {old} of this log and says now that it has "
                    f"seen {held} only: it lost its memory, or an old copy of it was put back. Its "
                    "word is not taken any more; a new witness, with a new key, takes its place.",
                    code="forgot",
                    answer=answer.raw(),
                )
            answer = self._send("POST", "add-checkpoint", format_request(held, prove(held), text))
        found = _read(self._keys, answer, parse_note(text))
        if (clock := self._clock) is not None:
            for one in found:
                _check_time(one.witness, one.time - clock())
        return found

    def _theirs(self, note: bytes) -> bytes:
        """The checkpoint that the witness serves of the same log; empty if it serves none."""
        origin = parse_checkpoint(parse_note(note).text).origin
        try:
            answer = self._send("GET", f"{sha256(origin.encode()).hexdigest()}/checkpoint", None)
        except WitnessError:
            return b""
        return answer.body if answer.status == 200 else b""

    def _send(self, method: str, path: str, body: bytes | None) -> _Answer:
        kept = self._open is not None
        try:
            return self._exchange(method, path, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            if self._late or not kept or not isinstance(error, ConnectionError):
                raise self._unreachable(error) from None
        # The witness closed a connection that stood open: that is no fault of this question.
        try:
            return self._exchange(method, path, body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            raise self._unreachable(error) from None

    def _cut(self, connection: http.client.HTTPConnection) -> None:
        self._late = True
        # An answer that ends with its connection is read after the connection let go of it.
        for one in (connection.sock, self._socket):
            if one is not None:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def _unreachable(self, fault: Exception) -> WitnessError:
        why = str(fault) or type(fault).__name__
        return WitnessError(f"{self._name} does not answer: {why}", code="unreachable")

    def _exchange(self, method: str, path: str, body: bytes | None) -> _Answer:
        connection = self._open = self._open or _connection(self._url, self._timeout)
        prefix = urlsplit(self._url).path.rstrip("/")
        # The socket's own time limit starts again with each byte; this one does not.
        self._late = False
        alarm = threading.Timer(self._timeout, self._cut, [connection])
        alarm.daemon = True
        alarm.start()
        try:
            headers = {"Content-Type": "text/plain; charset=utf-8"} if body is not None else {}
            if connection.sock is None:
                connection.connect()
                if self._late:
                    # The alarm went off when there was no socket yet that it could have cut. (A
                    # handshake of TLS has the time limit as a whole by itself.)
                    raise TimeoutError("the connection takes too long")
            self._socket = connection.sock
            connection.request(method, f"{prefix}/{path}", body, headers)
            with connection.getresponse() as response:
                data = response.read(MAX_ANSWER + 1)
                whole = response.isclosed()
        finally:
            alarm.cancel()
            self._socket = None
        if self._late:
            self.close()
            raise self._unreachable(TimeoutError("the answer takes too long"))
        if len(data) > MAX_ANSWER:
            self.close()
            raise WitnessError(f"{self._name} answers without end.", code="garbage")
        if not whole:
            self.close()
        return _Answer(response.status, data)


def name_of(keys: Sequence[PolicyWitness]) -> str:
    """What a witness is called: by the first line of the policy that names a key of it."""
    return keys[0].name


def ask(
    keys: Sequence[PolicyWitness],
    old: int,
    size: int,
    note: bytes,
    prove: Prove,
    timeout: float,
    clock: Clock | None = None,
) -> list[Cosigned]:
    """`Line.ask` over a connection of its own.

    Raises:
        WitnessError: it did not cosign.
    """
    line = Line(keys, timeout, clock)
    try:
        return line.ask(old, size, note, prove)
    finally:
        line.close()


def _held(answer: _Answer) -> int | None:
    """The size in a 409, if there is one; the media type is not always set."""
    try:
        return parse_decimal(answer.body.decode("ascii").removesuffix("\n"), "size")
    except (UnicodeDecodeError, FormatError):
        return None


def _read(keys: Sequence[PolicyWitness], answer: _Answer, note: SignedNote) -> list[Cosigned]:
    name = name_of(keys)
    if answer.status in (409, 422):
        raise WitnessError(
            f"{name} says that this head does not follow from what it has seen ({answer.status}).",
            code="conflict",
            answer=answer.raw(),
        )
    if answer.status != 200:
        raise WitnessError(f"{name} does not cosign this log (status {answer.status}).")
    try:
        lines = parse_note(note.text.encode() + b"\n" + answer.body).signatures
        by = {(line.name, line.key_id): line for line in lines}
        found = [
            Cosigned(one, line, verify_cosignature(note.text, line, one.key))
            for one in keys
            if (line := by.get((one.key.name, one.key.key_id))) is not None
        ]
    except SakshiError as error:
        raise WitnessError(
            f"The answer of {name} is no cosignature: {error}", code="garbage"
        ) from None
    if not found:
        raise WitnessError(f"{name} answered with a signature of another key.", code="garbage")
    return found


def _check_time(witness: PolicyWitness, ahead: int) -> None:
    if abs(ahead) > CLOCK_SECONDS:
        where = "in the future" if ahead > 0 else "in the past"
        raise WitnessError(
            f"{witness.name} cosigned with a time {abs(ahead)} seconds {where}: its clock or ours "
            "is wrong. Its cosignature is not taken.",
            code="clock",
        )


def _connection(url: str, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url} is not an http address")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=timeout)
