"""What each finding of a monitor means, what to keep, and whom to tell: one paragraph for a person.

`wrong` findings of the kinds in `ENDURING` stay open until somebody acknowledges them: they are
facts signed by the log, or evidence that would vanish with the next answer of the server.
"""

from dataclasses import dataclass

_OTHERS = (
    "Tell other monitors, the witnesses named in the policy, the Registrar and the audit "
    "directorate, and publish the two notes: anybody can check them without trusting you."
)
_OPERATOR = (
    "Tell the operator and ask for the reason; if it is not put right within a day, tell the "
    "Registrar and the audit directorate."
)
_KEEP_NOTES = "Keep both signed notes in the evidence folder; copy them to a second place now."
_KEEP_ANSWER = "Keep the answer in the evidence folder together with the signed note beside it."


@dataclass(frozen=True, slots=True)
class Meaning:
    """The words for one kind of finding."""

    title: str
    means: str
    keep: str
    tell: str


MEANINGS: dict[str, Meaning] = {
    "fork": Meaning(
        "FORK: the log has signed two different histories",
        "A log may only grow. Two heads signed by the same key contradict each other, so different "
        "people can be shown different books. No accident of a correct server does this.",
        _KEEP_NOTES, _OTHERS,
    ),
    "witness-fork": Meaning(
        "FORK: a witness was shown another history than this monitor",
        "The log signed two histories that contradict each other and showed one of them here, the "
        "other to a witness. No accident of a correct server does this.",
        _KEEP_NOTES, _OTHERS,
    ),
    "rollback": Meaning(
        "ROLLBACK: the log serves fewer entries than it did",
        "The log once signed a longer history than it now serves. Either an old backup was put "
        "back, or entries are to be made to disappear.",
        _KEEP_NOTES, _OPERATOR,
    ),
    "heads-back": Meaning(
        "The state log holds an older head of a log after a newer one",
        "The log of logs must take the heads of each log in order; it took one that goes back.",
        _KEEP_NOTES, _OTHERS,
    ),
    "withheld": Meaning(
        "The log does not serve a head that it signed",
        "A longer version of this log was signed and shown to somebody else (to the state log, or "
        "to a witness), but the log itself answers with a shorter one. Readers of the log are not "
        "shown its latest entries.",
        _KEEP_NOTES, _OPERATOR,
    ),
    "missing": Meaning(
        "Something that was signed for is not served",
        "A signed head promises every entry and every tile below it. What cannot be fetched cannot "
        "be checked by anybody.",
        "Keep the signed note in the evidence folder: it is the promise.", _OPERATOR,
    ),
    "missing-document": Meaning(
        "A public document is not served",
        "The log holds the hash of a public document, so the document exists, but nobody can read "
        "it.",
        "Keep the signed note in the evidence folder: it covers the entry.", _OPERATOR,
    ),
    "altered-entry": Meaning(
        "Entries were altered after they were signed for",
        "The entries as served do not give the root hash that the log has signed: at least one "
        "was changed, removed or added.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "altered-tile": Meaning(
        "A tile was altered",
        "The stored hashes differ from the hashes of the entries, so proofs built from this tile "
        "fail. The entries themselves agree with the signed head.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "altered-document": Meaning(
        "A public document was altered",
        "The document as served does not have the hash that the log holds: it is not the one that "
        "was sealed.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "bad-document": Meaning(
        "A sealed document breaks the rules of its kind",
        "The document has the hash that was sealed but is not in canonical form or not of the kind "
        "the entry names.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "wrong-key": Meaning(
        "A head is signed by the wrong key",
        "What is served as the head of this log is not signed by the key that was published for "
        "it. Nothing below such a head may be believed.",
        _KEEP_ANSWER, _OTHERS,
    ),
    "key-changed": Meaning(
        "A second key was published for a log",
        "Each log has one key for its whole life. A second one allows a second history.",
        "Keep both records in the evidence folder.", _OTHERS,
    ),
    "policy": Meaning(
        "The trust policy of the server changed",
        "The policy says which key signs the log of logs and which witnesses count. It must not "
        "change without notice; the monitor goes on with the one it kept.",
        "Keep both policies in the evidence folder.",
        "Compare with the policy printed by the Registrar; give the right one with --policy.",
    ),
    "unwitnessed": Meaning(
        "The head of the state log lacks the witnesses that the policy asks for",
        "Without outside witnesses a log could show different histories to different people.",
        "Keep the note.", _OPERATOR,
    ),
    "malformed": Meaning(
        "A head cannot be read",
        "What is served as the head of this log is not a signed checkpoint.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "no-key": Meaning(
        "The state log holds a head of a log without a key for it",
        "A log's key must stand in the state log before its first head; else nobody can tell who "
        "signed it.",
        "Keep the note.", _OPERATOR,
    ),
    "bad-entry": Meaning(
        "An entry breaks the grammar",
        "Every entry is one of three forms; a reader that guessed at another could be deceived.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "wrong-kind": Meaning(
        "An entry stands in a log where its kind has no place",
        "Each kind of record has its own kind of log, so that nobody has to look for it elsewhere.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "time-back": Meaning(
        "The time of an entry lies before that of the entry above it",
        "Times never go back within a log; one that does was written by hand or by a wrong clock.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "future": Meaning(
        "A time in the future",
        "An entry claims to have been sealed later than it was read: a wrong clock here or there, "
        "or an entry prepared to look timely later. All entries of one cause are one finding.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "backdated": Meaning(
        "An entry that is new says it is old",
        "It was not there when the monitor last looked, long after the time it states.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "outside-validity": Meaning(
        "An entry lies outside the time of its log or key",
        "The log is of one financial year and its key is valid for a stated time.",
        _KEEP_ANSWER, _OPERATOR,
    ),
    "stalled": Meaning(
        "STALLED: the log announces entries but does not publish them",
        "Entries have been accepted, but no signed head covers them. Until one does, nobody can "
        "prove they exist.",
        "Keep the last signed note in the evidence folder.", _OPERATOR,
    ),
    "after-close": Meaning(
        "A log goes on after it was closed",
        "A closed log takes no further entry and no further head; whoever has its key has used it.",
        _KEEP_ANSWER, _OTHERS,
    ),
    "abandoned": Meaning(
        "A log was given up",
        "The operator says that entries under the last released head of this log are lost. That is "
        "allowed by rule and must be said in public; the loss is real all the same.",
        "Keep every copy of this log you have: it may be the only one left.", _OTHERS,
    ),
    "unseen": Meaning(
        "A log is not seen in the state log",
        "It answers at its own prefix, but the log of logs does not hold its heads. Without that, "
        "different people can be shown different versions and nobody would notice.",
        "Keep the note the log serves.", _OPERATOR,
    ),
}  # fmt: skip

ENDURING = frozenset(
    {
        "fork", "witness-fork", "heads-back", "key-changed", "bad-entry", "wrong-kind",
        "time-back", "future", "backdated", "outside-validity", "bad-document", "no-key",
        "after-close", "abandoned",
    }
)  # fmt: skip
"""Findings that no later answer of the server can take back."""


def paragraph(kind: str, origin: str, index: int | None, message: str) -> str:
    """The whole story of one finding."""
    words = MEANINGS[kind]
    where = origin if index is None else f"{origin}, entry {index}"
    return (
        f"{words.title} ({where}). {message} {words.means} What to keep: {words.keep} "
        f"Whom to tell: {words.tell}"
    )
