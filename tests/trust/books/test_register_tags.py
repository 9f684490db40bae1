"""Tags of registers: the same under one secret of a society, and told apart otherwise."""

import io
import sqlite3
from dataclasses import replace
from zipfile import ZipFile

import pytest
from sqlalchemy import select, update

from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books.model import ImportReport, SealedLoan
from trust.books.package import society_package
from trust.books.pure.loans import tagger
from trust.books.tables import book_loan
from trust.log.package import everything
from trust.settings import Settings

HEAD = "Loan No,Member No,Date of sanction,Sanctioned amount,Outstanding balance,Payee,Deed\n"
ROWS = "L1,M1,13/05/2024,500,400,SB 1,Deed 12/1\nL2,M2,14/05/2024,500,300,SB 2,Deed 12/2\n"


def bring(society: BooksScenario, day: str, rows: str = ROWS, **answers: str) -> ImportReport:
    text = f"Loans as on {day}\n{HEAD}{rows}"
    return society.import_file(text.encode(), f"{day}.csv", answers=answers)


def loans(society: BooksScenario) -> list[SealedLoan]:
    with society.rt.db.read() as conn:
        return books.loans(conn, SLUG)


def test_two_registers_of_a_society_have_the_same_tags(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    bring(scenario, "2026-03-31", ROWS.replace("L1,M1", "l 1,m1").replace("Deed 12/1", "DEED12/1"))
    first, _, again, _ = loans(scenario)
    for name in ("tag_key", "id", "number", "member", "disbursed_to", "collateral"):
        assert getattr(first, name) == getattr(again, name), name


def test_another_society_has_other_tags(scenario: BooksScenario) -> None:
    secret = scenario.rt.settings.register_secret
    one, two = tagger(secret, SLUG), tagger(secret, "other")
    assert one.key != two.key and one.tag("deed", "12/1") != two.tag("deed", "12/1")
    assert one.tag("loan", "1") != one.tag("member", "1")
    with pytest.raises(ValueError, match="no secret"):
        tagger("", SLUG)


def test_the_secret_is_a_file_of_its_owner_and_in_no_database(
    scenario: BooksScenario, settings: Settings
) -> None:
    bring(scenario, "2025-03-31")
    path = settings.home / "register.key"
    assert path.stat().st_mode & 0o777 == 0o600 and len(settings.register_secret) > 40
    assert settings.register_secret not in repr(settings)
    assert Settings.from_env({"SAKSHI_HOME": str(settings.home)}).register_secret == (
        settings.register_secret
    )
    secret = tagger(settings.register_secret, SLUG).secret
    if settings.database.startswith("sqlite"):
        with sqlite3.connect(settings.database.removeprefix("sqlite:///")) as db:
            dump = "\n".join(db.iterdump())
        for hidden in (settings.register_secret, secret.hex(), secret.hex().upper()):
            assert hidden not in dump


def test_references_are_in_no_record_and_the_secret_in_no_package(
    scenario: BooksScenario, settings: Settings
) -> None:
    bring(scenario, "2025-03-31")
    scenario.publish()
    with scenario.rt.db.read() as conn:
        data = society_package(conn, SLUG, everything)
        rows = str(conn.execute(select(book_loan)).all())
    for hidden in ("Deed 12/1", "SB 1", "M1"):
        assert hidden not in rows
    with ZipFile(io.BytesIO(data)) as box:
        told = b"".join(box.read(name) for name in box.namelist())
    assert b'"kind":"loan"' in told.replace(b"\\", b"")
    secret = tagger(settings.register_secret, SLUG).secret
    assert settings.register_secret.encode() not in told and secret.hex().encode() not in told


def test_the_same_register_again_changes_nothing(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    again = bring(scenario, "2025-03-31", ROWS + "\n")
    assert (again.state, again.unchanged, again.posted) == ("unchanged", 2, {})


def test_the_last_register_of_a_day_counts(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    bring(scenario, "2025-03-31", ROWS.replace("500,400", "500,350"))
    assert [loan.outstanding for loan in loans(scenario)] == [350_00, 300_00]
    third = bring(scenario, "2025-03-31", ROWS + "\n\n")
    assert third.posted == {"loan": 2}
    assert [loan.outstanding for loan in loans(scenario)] == [400_00, 300_00]


def test_another_member_of_a_loan_is_a_change(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    assert bring(scenario, "2025-03-31", ROWS.replace("M1", "M9")).posted == {"loan": 2}


def test_a_secret_that_changed_is_asked_about(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    scenario.rt.settings = replace(scenario.rt.settings, register_secret="another")
    report = bring(scenario, "2026-03-31")
    assert (report.state, [one.code for one in report.questions]) == ("asked", ["tags-changed"])
    bring(scenario, "2026-03-31", **{"tags-changed": "yes"})
    assert bring(scenario, "2026-04-30").state == "posted", "asked once"


def test_a_loan_of_version_1_compares_with_nothing(scenario: BooksScenario) -> None:
    bring(scenario, "2025-03-31")
    with scenario.rt.db.write() as conn:
        conn.execute(update(book_loan).values(tag_key=None, number=None, member=None))
    assert bring(scenario, "2026-03-31").state == "posted"
