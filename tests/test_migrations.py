"""The migration history leads to exactly the tables that the code names."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import text

from trust.database import Database, metadata
from trust.formats import b64
from trust.people import queries as people
from trust.settings import Settings
from web.migrate import ROOT, migrate
from web.wiring import load_packages


def test_an_empty_database_migrates_to_the_tables_of_the_code(settings: Settings) -> None:
    load_packages()
    db = Database(settings.database)
    try:
        migrate(db)
        migrate(db)
        with db.read() as conn:
            context = MigrationContext.configure(conn, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        db.dispose()


def test_an_enrolment_that_waits_is_found_by_the_second_officer(settings: Settings) -> None:
    """Requests of every kind share a table since 0014; one that the first officer left is there."""
    load_packages()
    db = Database(settings.database)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    key = bytes(range(32))
    society = (
        "INSERT INTO society (slug, registration_number, name_en, name_ml, district, taluk, sector,"
        " class, registered_on, added_at)"
        " VALUES ('s', 'S', 'S', 'S', 'd', 't', 'credit', 'I', '2000-01-01', 1)"
    )
    member = (
        "INSERT INTO member (id, society, number, name, gender, class, joined, admitted_at)"
        " VALUES (5, 's', '1', 'M', 'f', 'full', '2000-01-01', 1)"
    )
    clerk = (
        "INSERT INTO account (id, login, display_name, kind, active, created_at)"
        " VALUES (7, 'clerk', 'C', 'staff', true, 1)"
    )
    request = (
        "INSERT INTO enrolment_request (id, member_id, public_key, medium, first_officer,"
        " started_at) VALUES (9, 5, :key, 'card', 7, 100)"
    )
    try:
        with db.write() as conn:
            config.attributes["connection"] = conn
            command.upgrade(config, "0013")
            for statement in (society, member, clerk):
                conn.execute(text(statement))
            conn.execute(text(request), {"key": key})
        migrate(db)
        with db.read() as conn:
            (asked,) = people.requests(conn, "s", 200)
        assert (asked.what, asked.member_id, asked.first_officer) == ("enrolment", 5, 7)
        assert asked.body == {"key": b64.encode(key), "medium": "card"} and asked.check == ""
    finally:
        db.dispose()
