"""Packages of meetings of version 2, honest and forged, with what the server's own rules say."""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import nacl.bindings as sodium
from nacl.signing import SigningKey

from tests.audit import gathering as g
from tests.audit.books import public, sign
from tests.audit.gathering import Gathering
from tests.audit.scenario import VECTORS, seed
from trust.formats import archive, b64, canon, signing
from trust.formats.canon import Json
from trust.formats.entries import Entry, parse_entry
from voting.pure.ballot import Officer, Poll
from voting.pure.replay import Event, KeysByLog, judge
from voting.pure.roll import parse_line

ORDER = 2**252 + 27742317777372353535851937790883648493
TORSION = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
"""A point of order 8."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A meeting's package, whether it is right by itself, and what each ballot's reason is."""

    name: str
    origin: str
    package: bytes
    policy: str
    right: bool
    reasons: list[tuple[int, str | None]] | None


def golden() -> Scene:
    """The golden file of a meeting of version 2; its reasons stand in the file itself."""
    data = (VECTORS / "meeting-v2.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        origin = str(canon.parse(package.read("package.json"))["origin"])
    return Scene("golden", origin, data, (VECTORS / "policy-v2").read_text(), True, None)


def scene(name: str, found: Gathering) -> Scene:
    """What `sakshi-audit` finds in the meeting's package alone."""
    report = found.alone()
    return Scene(
        name,
        found.log.origin,
        archive.pack(found.meeting()),
        found.scenario.policy().decode(),
        report.exit_code == 0,
        reasons(found),
    )


def reasons(found: Gathering) -> list[tuple[int, str | None]]:
    """Index and reason of each ballot up to the close; officers as they claim."""
    poll = Poll(
        found.log.origin, found.root, found.opens, found.closes, frozenset([found.resolution]), 2
    )
    lines = {one.roll_number: one for one in map(parse_line, found.roll.splitlines())}
    keys = KeysByLog({}, claimed=True)
    return [(one.index, one.reason) for one in judge(poll, lines, keys, events(found))]


def events(found: Gathering) -> Iterator[Event]:
    for index, raw in enumerate(found.log.entries):
        entry = parse_entry(raw)
        assert isinstance(entry, Entry)
        if entry.kind == "result":
            return
        shown = found.log.openings.get(index)
        record = canon.parse(str(shown["record"]).encode()) if shown else None
        if entry.kind in ("ballot", "roll-change"):
            yield Event(index, entry.time, entry.kind, record)


def scenes() -> list[Scene]:
    """The golden file, each story below, and thirty meetings drawn by lot from fixed seeds."""
    told = [scene(make.__name__, make()) for make in STORIES]
    return [golden(), *told, *(scene(f"by lot {number}", by_lot(number)) for number in range(30))]


def honest() -> Gathering:
    return g.honest("honest")


def counted_gap() -> Gathering:
    found = g.drawn("counted-gap")
    found.cast(found.assisted(1, "no", 2**31 - 1), found.ballot(1, "yes"))
    found.close(left_out=[], accepted=2)
    return found


def forged_list() -> Gathering:
    found = g.drawn("forged-list")
    (index, _) = found.cast(found.ballot(1, "no"), found.ballot(2, "yes"))
    found.close(left_out=[{"index": index, "reason": "ballot-signature"}])
    return found


def other_reason() -> Gathering:
    found = g.drawn("other-reason")
    (_, index) = found.cast(found.ballot(1, "yes"), found.ballot(1, "no", 9))
    found.close(left_out=[{"index": index, "reason": "ballot-replayed"}])
    return found


def stopped_key_counted() -> Gathering:
    found = g.drawn("stopped-counted")
    found.change(g.member(1), "member", "stop")
    found.cast(found.ballot(1, "yes"))
    found.close(left_out=[], accepted=1, present=1, voted=1, **{"for": 1})
    return found


def officers_change() -> Gathering:
    """The keys of officers end and begin between ballots, all in one second."""
    found = g.drawn("officers-change")
    old = ((g.SECRETARY, "secretary"), (g.PRESIDENT, "president"))
    new = ((g.SECRETARY, "secretary"), (seed("new"), "president"))
    found.cast(found.ballot(1, "yes", 1, *old))
    found.change(g.PRESIDENT, "president", "stop")
    found.cast(found.ballot(2, "yes", 1, *old))
    found.change(seed("new"), "president", "bind")
    found.cast(found.ballot(3, "yes", 1, *new))
    wrong_role = ((g.SECRETARY, "secretary"), (seed("new"), "secretary"))
    found.cast(found.ballot(4, "yes", 1, *wrong_role))
    found.change(g.PRESIDENT, "president", "bind")
    found.cast(found.ballot(5, "yes", 1, *old))
    found.officers[g.key(seed("new"))] = Officer("", "president")
    found.close(left_out=listed(found))
    return found


def changed_before_the_roll() -> Gathering:
    """Two strangers become officers by entries that no book log is compared with."""
    found = g.begin("changed-before")
    found.call()
    new = ((seed("x"), "secretary"), (seed("y"), "president"))
    for secret, role in new:
        found.log.append(found.changed(secret, role, "bind"), found.notice_at)
    found.draw()
    found.officers |= {g.key(secret): Officer("", role) for secret, role in new}
    found.cast(found.ballot(1, "yes", 1, *new))
    found.close()
    return found


def changed_elsewhere() -> Gathering:
    """The stop of a key names another meeting, so that the ballot counts."""
    found = g.drawn("changed-elsewhere")
    other = found.changed(g.member(1), "member", "stop")
    found.log.append(other | {"meeting": "other.example/meeting/x"}, found.opens)
    found.cast(found.ballot(1, "yes"))
    found.close()
    return found


def bad_signatures() -> Gathering:
    """Changed after signing, for another log, by a stranger, by one officer, sorted wrongly."""
    found = g.drawn("bad-signatures")
    good = found.ballot(1, "yes")
    elsewhere = {**found.ballot(2, "yes")}
    del elsewhere["signatures"]
    two = found.assisted(3, "yes")
    signatures = two["signatures"]
    assert isinstance(signatures, list)
    found.cast(
        {**good, "choice": "no"},
        sign(elsewhere, "other.example/meeting/x", g.member(2), "member"),
        {**found.ballot(3, "yes"), "roll_number": 4},
        {**two, "signatures": signatures[:1]},
        {**two, "signatures": list(reversed(signatures))},
        {**two, "signatures": [signatures[0], signatures[0]]},
        found.ballot(4, "yes", 1, (g.member(4), "clerk"), (g.member(5), "clerk")),
    )
    found.close(left_out=listed(found))
    return found


def other_places() -> Gathering:
    """Another version, meeting, resolution, roll, number and time."""
    found = g.drawn("other-places")
    found.log.append(found.ballot(1, "yes"), found.opens - 1)
    found.cast(
        found.ballot(1, "yes", v=1),
        found.ballot(1, "yes", meeting="other.example/meeting/x"),
        found.ballot(1, "yes", resolution="0" * 64),
        found.ballot(1, "yes", roll_root=b64.encode(bytes(32))),
        found.ballot(7, "yes"),
    )
    found.log.append(found.ballot(1, "yes"), found.closes)
    found.close(left_out=listed(found))
    return found


def torsion() -> Gathering:
    """A signature that verifies only where the cofactor is multiplied out."""
    found = g.drawn("torsion")
    record = {**found.ballot(1, "yes")}
    del record["signatures"]
    message = signing.message("ballot", found.log.origin, record)
    one: dict[str, Json] = {
        "key": public(g.member(1)),
        "role": "member",
        "sig": b64.encode(twisted(message)),
    }
    found.cast(signing.with_signatures(record, [one]), found.ballot(2, "yes"))
    found.close(left_out=listed(found))
    return found


def twisted(message: bytes) -> bytes:
    """An Ed25519 signature of member 1 whose first point has a part of order 8."""
    own = SigningKey(g.member(1))
    secret = int.from_bytes(
        sodium.crypto_sign_ed25519_sk_to_curve25519(own.encode() + bytes(own.verify_key)), "little"
    )
    once = 12345
    plain = sodium.crypto_scalarmult_ed25519_base_noclamp(once.to_bytes(32, "little"))
    first = sodium.crypto_core_ed25519_add(plain, TORSION)
    factor = int.from_bytes(
        sodium.crypto_hash_sha512(first + bytes(own.verify_key) + message), "little"
    )
    second = (once + factor * secret) % ORDER
    return first + second.to_bytes(32, "little")


def not_open() -> Gathering:
    found = g.drawn("not-open")
    lost, _ = found.cast(found.ballot(1, "no"), found.ballot(2, "yes"))
    found.log.openings.pop(lost)
    found.close(left_out=[{"index": lost, "reason": "not-open"}])
    return found


def said_not_open() -> Gathering:
    found = g.drawn("said-not-open")
    lost, _ = found.cast(found.ballot(1, "no"), found.ballot(2, "yes"))
    found.close(
        left_out=[{"index": lost, "reason": "not-open"}], accepted=1, present=1, voted=1, against=0
    )
    return found


def miscounted(name: str) -> Callable[[], Gathering]:
    def make() -> Gathering:
        found = g.drawn(f"miscounted-{name.replace('_', '-')}")
        found.cast(found.ballot(1, "yes"), found.assisted(2, "yes"), found.ballot(3, "abstain"))
        found.opened(2)
        found.close(**{name: 5})
        return found

    make.__name__ = f"miscounted {name}"
    return make


def after_the_close() -> Gathering:
    found = g.drawn("after-close")
    found.cast(found.ballot(1, "yes"))
    found.close()
    found.log.append(found.ballot(2, "yes"), found.closes + 9)
    return found


def listed(found: Gathering) -> list[Json]:
    """What a close lists that takes officers as they claim."""
    return [{"index": at, "reason": why} for at, why in reasons(found) if why is not None]


def by_lot(number: int) -> Gathering:
    """Any ballots and changes of keys in any order."""
    draw = random.Random(number)
    found = g.drawn(f"lot-{number}")
    keys = {"secretary": g.SECRETARY, "president": g.PRESIDENT, "member": g.member(1)}
    for _ in range(draw.randrange(4, 14)):
        who, choice = draw.randrange(1, 5), draw.choice(("yes", "no", "abstain"))
        what, sequence = draw.randrange(6), draw.choice((1, 1, 2, 2, 3, 9))
        if what == 0:
            holder = draw.choice(("secretary", "president", "member"))
            secret = g.member(who) if holder == "member" else keys[holder]
            found.change(secret, holder, draw.choice(("bind", "stop")))
        elif what == 1:
            found.cast(found.assisted(who, choice, sequence))
        else:
            found.cast(found.ballot(who, choice, sequence))
    found.close(left_out=listed(found)) if number % 3 else found.close(left_out=[])
    return found


STORIES: tuple[Callable[[], Gathering], ...] = (
    honest, counted_gap, forged_list, other_reason, stopped_key_counted, officers_change,
    changed_before_the_roll, changed_elsewhere,
    bad_signatures, other_places, torsion, not_open, said_not_open, after_the_close,
    *(miscounted(name) for name in ("for", "against", "abstained", "accepted", "superseded",
                                    "assisted", "opened", "present", "members", "from_opening")),
)  # fmt: skip
