"""Makes the states of this folder with the code of revision 8d3a23a, once for each database.

    git archive 8d3a23a | tar -x -C OLD
    cd OLD && PYTHONPATH=. python .../make_8d3a23a.py 8d3a23a-sqlite.tar.xz
    cd OLD && PYTHONPATH=. python .../make_8d3a23a.py 8d3a23a-postgresql.tar.xz DATABASE_URL

It is written for that revision and runs with no other. The database named is to be empty.
Societies, people and keys are the demo's: invented. The state is the demo of four societies with,
besides: an open meeting with ballots of version 1, an import that was cut off, an erased payload,
and a log that was recovered from a mirror, in which private payloads are lost.
"""

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import create_engine, text
from trust.log.checks.sealedrows import Tally

from trust.books import posting
from trust.books import queries as book_queries
from trust.books import service as books
from trust.database import Database
from trust.formats import signing
from trust.log import boot, queries, service
from trust.log.checks import fsck
from trust.log.publish import publication
from trust.log.upkeep import backup, mirror, recovery
from trust.log.upkeep.sources import source
from trust.people import queries as people
from trust.people import service as register
from trust.settings import Settings
from voting import queries as asked
from voting import service as voting
from web import fsckrooms, remakerooms, wiring
from web.demo import files, generator
from web.demo.bookkeeping import BANK, CASH
from web.demo.logins import write_logins
from web.demo.model import BEGIN, Posted
from web.demo.seeding import DAY, DemoClock, Seeding, today_in_india
from web.migrate import migrate

PRESENT = 1_795_600_800
"""2026-11-25 10:00 UTC."""
WANTED = ("s1", "s10", "s11", "s12")
OPEN, RECOVERED, ERASED = "s11", "s12", "s10"
"""The societies with the open import, the recovered log and the erased payload."""
HOST = "s8d3a23a.upgrade.example"


def main(target, url=None):
    """Make one state and write it to an archive."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        environ = {"SAKSHI_HOME": str(home), "SAKSHI_ARGON2_MEMORY_KIB": "64"}
        settings = Settings.from_env(environ | ({"SAKSHI_DATABASE": url} if url else {}))
        clock = DemoClock(PRESENT + BEGIN * DAY)
        seeding = seed(settings, clock)
        lose_and_recover(settings, clock, folder)
        facts = trouble(settings, clock) | votes(settings, clock, seeding)
        check(settings)
        write_logins(home, {
            "host": HOST, "made": PRESENT, "society": WANTED[0],
            "meeting": seeding.meetings.open, "people": seeding.keys.to_json(),
        })  # fmt: skip
        (home / "state.json").write_text(json.dumps(facts, indent=1))
        store(settings, home, Path(target), url)


def seed(settings, clock):
    """The demo, cut to four societies."""
    societies = generator.plan(today_in_india(PRESENT))
    societies = tuple(one for one in societies if one.profile.slug in WANTED)
    db = Database(settings.database)
    wiring.load_rooms()
    migrate(db)
    boot.make_state(db, settings, HOST, now=clock())
    db.dispose()
    rt = wiring.build(settings, clock=clock)
    seeding = Seeding(rt, clock, PRESENT, societies, lambda said: sys.stderr.write(said))
    seeding.run()
    rt.close()
    return seeding


def lose_and_recover(settings, clock, folder):
    """Entries that came after the backup come back from a mirror, without what was private."""
    db = Database(settings.database)
    backup.backup(db, folder / "nightly")
    db.dispose()
    rt = wiring.build(settings, clock=clock)
    import_into(rt, RECOVERED)
    mirror.mirror(rt.db, str(folder / "mirror"))
    rt.close()
    burn(settings)
    backup.restore(settings, folder / "nightly")
    rt = boot.open_state(settings, Database(settings.database), clock=clock, refuse_put_back=False)
    with rt.db.read() as conn:
        assert recovery.missing(conn, rt.signer)
    recovery.recover(rt, [source(str(folder / "mirror"))])
    with rt.db.read() as conn:
        assert not recovery.missing(conn, rt.signer)
    lost = remakerooms.remake(rt.db)
    assert lost.work
    rt.close()


def import_into(rt, slug):
    """A small day book of the running year, sealed and released."""
    bills = [
        Posted(
            "2026-11-20",
            "Receipt",
            ((CASH, 100_00 + n), (BANK, -100_00 - n)),
            f"Bill {n}",
            "",
            f"late-{n}",
        )
        for n in range(5)
    ]
    data = files.tally(slug, {}, bills)
    report = books.import_file(rt, slug, "bills.xml", data, actor=f"{slug}.secretary")
    assert report.state == "posted", report
    with rt.db.read() as conn:
        origin = people.book_origin(conn, slug, rt.clock())
    publication.publish(rt, [origin])
    wiring.drain(rt)


def burn(settings):
    """The database is gone."""
    if settings.database.startswith("sqlite"):
        for path in settings.home.glob("sakshi.db*"):
            path.unlink()
        return
    db = Database(settings.database)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("DROP SCHEMA public CASCADE"))
        conn.execute(text("CREATE SCHEMA public"))
    db.dispose()


class PowerCutError(Exception):
    """The machine went off."""


def trouble(settings, clock):
    """An import that was cut off after its first entries, and an erased payload."""
    rt = wiring.build(settings, clock=clock)
    filled, calls = posting._fill, []

    def cut(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise PowerCutError
        filled(*arguments)

    posting._fill, posting.CHUNK, whole = cut, 2, posting.CHUNK
    try:
        import_into(rt, OPEN)
        raise AssertionError(f"the import was not cut off: {calls}")
    except PowerCutError:
        pass
    posting._fill, posting.CHUNK = filled, whole
    with rt.db.write() as conn:
        (stuck,) = [one for one in books_of(conn, OPEN) if one.state == "open"]
        origin = people.book_origin(conn, ERASED, clock())
        index = next(
            one.index for one in queries.entries(conn, origin, 0, 100_000) if one.kind == "voucher"
        )
        service.erase(conn, origin, index, "detail", "order 12 of 2026", now=clock())
        opened = people.book_origin(conn, OPEN, clock())
    publication.publish(rt, [origin, opened])
    rt.close()
    return {
        "open_import": stuck.id, "open_import_society": OPEN, "recovered": RECOVERED,
        "erased": [origin, index],
    }  # fmt: skip


def votes(settings, clock, seeding):
    """Ballots at the open meeting, of all kinds that the revision took; the last ones are sealed
    and not under a released head yet."""
    rt = wiring.build(settings, clock=clock)
    meeting, keys, item = seeding.meetings.open, seeding.keys, seeding.societies[0]
    slug, origin = item.profile.slug, None
    helped = next(one.number for one in item.members if not one.card)
    for member, choice, sequence in (("13", "yes", 1), ("13", "no", 5), ("14", "yes", 3)):
        with rt.db.write() as conn:
            record = paper(conn, meeting, keys_id(conn, slug, member), choice)
            record["sequence"], origin = sequence, record["meeting"]
            signed = keys.sign(f"{slug}.m{member}", "member", "ballot", origin, record)
            voting.cast(conn, meeting, signed, now=clock())
    publication.publish(rt, [origin])
    with rt.db.write() as conn:
        record = paper(conn, meeting, keys_id(conn, slug, helped), "yes", assisted=True)
        both = [
            signing.sign(signing.parse_card(keys.people[f"{slug}.{role}"].card), role, "ballot",
                         origin, record)
            for role in ("secretary", "president")
        ]  # fmt: skip
        voting.cast(conn, meeting, signing.with_signatures(record, both), now=clock())
    stop_and_reissue(rt, clock, seeding)
    rt.close()
    return {
        "open_meeting": meeting, "closed_meeting": seeding.meetings.closed, "helped": helped,
        "stopped": "15", "reissued": "16", "result": {"yes": 10, "no": 2, "accepted": 13},
    }  # fmt: skip


def paper(conn, meeting, member_id, choice, *, assisted=False):
    """A ballot on the first resolution that nobody has signed."""
    line = voting.eligible(conn, meeting, member_id)
    return asked.ballot_to_sign(conn, meeting, 1, line.roll_number, choice, assisted=assisted)


def keys_id(conn, slug, number):
    """The row of a member by their number."""
    return next(one.id for one in people.members(conn, slug, 10_000) if one.number == number)


def stop_and_reissue(rt, clock, seeding):
    """While the roll is drawn: one member's card is stopped, another's replaced."""
    slug, keys = WANTED[0], seeding.keys
    first, second = f"{slug}.secretary", f"{slug}.president"
    with rt.db.write() as conn:
        actor = seeding._actor(conn, first)
        key = people.member_key(conn, keys_id(conn, slug, "15"), clock())
        register.revoke_key(conn, actor, key.id, "lost", now=clock())
        login = f"{slug}.m16"
        keys.add(login, keys.people[login].name, "member", slug, password=False, card=True)
        asked_for = register.reissue(
            conn, actor, keys_id(conn, slug, "16"), keys.public_key(login), "card", "worn",
            now=clock(),
        )  # fmt: skip
        register.confirm_enrolment(conn, seeding._actor(conn, second), asked_for, now=clock())


def books_of(conn, slug):
    """A society's imports."""
    return book_queries.imports(conn, slug)


def check(settings):
    """What that revision itself says of the state."""
    rt = wiring.build(settings, clock=DemoClock(PRESENT))
    tally = Tally()
    faults = [*fsck.check(rt.db, rt.signer), *fsckrooms.check(rt.db, tally)]
    assert not faults, faults[:3]
    assert tally.unchecked, "nothing is lost"
    rt.close()


def store(settings, home, target, url):
    """The home, and of PostgreSQL a plain dump, as one archive."""
    if url is None:
        engine = create_engine(settings.database, isolation_level="AUTOCOMMIT")
        with engine.connect() as conn:
            conn.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            conn.execute(text("PRAGMA journal_mode=DELETE"))
            conn.execute(text("VACUUM"))
        engine.dispose()
    else:
        command = [
            "pg_dump", "--no-owner", "--no-privileges", "--inserts", "--rows-per-insert=500", url,
        ]  # fmt: skip
        dump = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        (home / "dump.sql").write_text(dump)
    for aside in home.glob("*.lock"):
        aside.unlink()
    with tarfile.open(target, "w:xz", preset=9) as archive:
        for path in sorted(home.rglob("*")):
            if path.is_file():
                archive.add(path, path.relative_to(home), filter=plain)
    shutil.rmtree(home)


def plain(member):
    """Names of people and machines do not enter the archive."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = PRESENT
    return member


if __name__ == "__main__":
    main(*sys.argv[1:])
