"""Kinds of a meeting's log: notice, roll, ballots, results."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import BOOK_HEAD, KEY, MEETING, RESOLUTION, SIGNATURES, SOCIETY, kind

NUMBER = Field("roll_number", f.integer(1, 2**31 - 1), "number on the roll")
NOTICE = (
    SOCIETY,
    Field("origin", f.text(200), "the meeting's own log"),
    Field("type", f.word, "kind of meeting of the rule file"),
    Field("title_en", f.text(300), "title in English"),
    Field("title_ml", f.text(300), "title in Malayalam"),
    Field("notice_given", f.time, "when notice was given"),
    Field("held_on", f.date, "date of the meeting"),
    Field("opens", f.time, "voting opens"),
    Field("closes", f.time, "voting closes"),
    Field("rules", f.text(120), "rule set and its date"),
)
ROLL = (
    MEETING,
    Field("cut_off", f.time, "state of the membership it was drawn from"),
    Field("count", f.count, "names on the roll"),
    Field("with_key", f.count, "of these, with a bound key or card"),
    Field("root", f.base64_of(32), "RFC 6962 root over the roll lines"),
)
ROLL_LINE = (
    Field("roll_number", f.integer(1, 2**31 - 1), "number on this roll"),
    Field("member", f.base64_of(32), "salted commitment of the member number"),
    Field("key", f.nullable(f.base64_of(32)), "the bound key, if any"),
)
BALLOT = (
    MEETING,
    RESOLUTION,
    SIGNATURES,
    Field("roll_root", f.base64_of(32), "root of the roll voted under"),
    Field("roll_number", f.integer(1, 2**31 - 1), "number on that roll"),
    Field("choice", f.one_of("yes", "no", "abstain"), "the vote"),
    Field("sequence", f.integer(1, 2**31 - 1), "greater than every earlier one"),
    Field("assisted", f.boolean, "entered by two officers for the member"),
)
RESULT = (
    MEETING,
    RESOLUTION,
    Field("held_on", f.date, "date of the meeting"),
    Field("closed", f.time, "when voting was closed"),
    Field("notice_days_given", f.count, "clear days of notice given"),
    Field("notice_days_required", f.count, "clear days of notice required"),
    Field("members", f.count, "members on the roll"),
    Field("quorum", f.count, "number forming the quorum"),
    Field("present", f.count, "voters who took part in the meeting's votes"),
    Field("voted", f.count, "valid votes counted on this resolution"),
    Field("for", f.count, "yes"),
    Field("against", f.count, "no"),
    Field("abstained", f.count, "abstain"),
    Field("accepted", f.count, "ballots accepted, superseded ones included"),
    Field("superseded", f.count, "of these, replaced by a later one"),
    Field("quorate", f.boolean, "quorum reached"),
    Field("carried", f.boolean, "quorate and with the majority required"),
    Field("rules", f.text(120), "rule set and its date"),
)
FROM_OPENING = Field("from_opening", f.count, "of the roll's names, those of the opening register")
LEFT_OUT = f.struct(
    Field("index", f.count, "position of the ballot in this log"),
    Field("reason", f.word, "why it does not count"),
)

KINDS = (
    kind("meeting", "meeting", True, "notice of a meeting", *NOTICE),
    kind(
        "meeting", "meeting", True, "notice of a meeting: roll, ballots, results of version 2",
        *NOTICE, *BOOK_HEAD, version=2,
    ),
    kind("roll", "meeting", True, "the electoral roll: its count and root", *ROLL),
    kind(
        "roll", "meeting", True, "the electoral roll, and where its names come from",
        *ROLL, *BOOK_HEAD,
        Field("opening", f.hex_digest, "SHA-256 of the register-opening document"),
        FROM_OPENING,
        version=2,
    ),
    kind("roll-line", None, False, "one line of the roll", *ROLL_LINE),
    kind("roll-line", None, False, "one line of a roll of version 2", *ROLL_LINE, version=2),
    kind(
        "roll-change", "meeting", False, "a key was bound or stopped while the roll is drawn",
        MEETING, KEY,
        Field("holder", f.one_of("member", "secretary", "president"), "whose, without a name"),
        Field("action", f.one_of("bind", "reissue", "stop"), "what was done"),
    ),
    kind(
        "assistance", "meeting", False, "officers opened an assisted ballot and saw a roll number",
        MEETING, RESOLUTION, NUMBER, shown="nothing",
    ),
    kind(
        "resolution", "meeting", True, "one resolution",
        MEETING,
        Field("number", f.integer(1, 999), "number on the agenda"),
        Field("text_en", f.text(4000), "text in English"),
        Field("text_ml", f.text(4000), "text in Malayalam"),
        Field("majority", f.word, "majority rule of the rule set"),
        Field("quorum", f.word, "quorum rule of the rule set"),
    ),
    kind("ballot", "meeting", False, "one open ballot", *BALLOT),
    kind(
        "ballot", "meeting", False, "one open ballot; the sequence is the next one",
        *BALLOT, version=2,
    ),
    kind("result", "meeting", True, "the outcome of one resolution", *RESULT),
    kind(
        "result", "meeting", True, "the outcome of one resolution, and what was left out",
        *RESULT, *BOOK_HEAD, FROM_OPENING,
        Field("assisted", f.count, "of the votes counted, those entered by two officers"),
        Field("opened", f.count, "times officers opened an assisted ballot at this meeting"),
        Field("admissions", f.count, "members admitted since the notice"),
        Field("ended", f.count, "memberships ended since the notice"),
        Field("reissues", f.count, "members' keys re-issued since the notice"),
        Field("stops", f.count, "members' keys stopped since the notice"),
        Field("left_out", f.items(LEFT_OUT), "every ballot of the log that does not count"),
        version=2,
    ),
)  # fmt: skip
