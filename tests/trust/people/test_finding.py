"""What people type, and the society they mean."""

from datetime import date

import pytest
from sqlalchemy import Connection, update

from trust.log.runtime import Runtime
from trust.people import finding
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.model import SocietyProfile

LISTED = (
    ("F 1234", "Kuyilpadam Service Co-operative Bank", "കുയിൽപ്പാടം സർവീസ് സഹകരണ ബാങ്ക്",
     "kozhikode", "Koyilandy", "credit"),
    ("TCR 77", "Mazhavilkadavu Milk Producers' Co-operative Society",
     "മഴവിൽക്കടവ് ക്ഷീരോത്പാദക സഹകരണ സംഘം", "thrissur", "Mukundapuram", "dairy"),
    ("PTA/W/9", "Thumbapuram Women's Co-operative Society", "തുമ്പപ്പുരം വനിതാ സഹകരണ സംഘം",
     "pathanamthitta", "Ranni", "women"),
    ("WYD 12", "Vellarimala Vanitha Sahakarana Sangham", "വെള്ളരിമല വനിതാ സഹകരണ സംഘം",
     "wayanad", "Sulthan Bathery", "women"),
    ("KNR 800", "Chenkal Handloom Weavers' Co-operative Society",
     "ചെങ്കൽ കൈത്തറി നെയ്ത്ത് സഹകരണ സംഘം", "kannur", "Taliparamba", "handloom"),
    ("EKM 5", "Aluva Urban Co-operative Bank", "ആലുവ അർബൻ സഹകരണ ബാങ്ക്", "ernakulam", "Aluva",
     "credit"),
    ("TSR 1", "Thrissur Employees' Credit Society", "തൃശ്ശൂർ എംപ്ലോയീസ് ക്രെഡിറ്റ് സംഘം",
     "thrissur", "Thrissur", "credit"),
)  # fmt: skip
MEANT = (
    ("kuyilpadam", "f-1234"), ("Kuyilpaadam", "f-1234"), ("kuyilppadam bank", "f-1234"),
    ("കുയിൽപ്പാടം", "f-1234"), ("കുയില്‍പ്പാടം", "f-1234"), ("കുയിൽപാടം", "f-1234"),
    ("koyilandy", "f-1234"), ("Quilandy", "f-1234"), ("കൊയിലാണ്ടി", "f-1234"),
    ("koyilandi bank", "f-1234"), ("calicut scb", "f-1234"), ("kozhikode service", "f-1234"),
    ("കോഴിക്കോട് ബാങ്ക്", "f-1234"), ("F 1234", "f-1234"), ("f1234 kuyil", ""), ("1234", "f-1234"),
    ("൧൨൩൪", "f-1234"), ("F-1234", "f-1234"), ("S.C.B. kuyilpadam", "f-1234"),
    ("mazhavilkadavu", "tcr-77"), ("mazhavil milk", "tcr-77"), ("malavilkadav", "tcr-77"),
    ("മഴവിൽക്കടവ്", "tcr-77"), ("മഴവില്ക്കടവ്", "tcr-77"), ("ക്ഷീരോൽപാദക", "tcr-77"),
    ("ക്ഷീരോത്പാദക സംഘം", "tcr-77"), ("trichur milk", "tcr-77"), ("തൃശൂർ ക്ഷീര", "tcr-77"),
    ("irinjalakuda", "tcr-77"), ("ഇരിങ്ങാലക്കുട", "tcr-77"), ("tcr 77", "tcr-77"),
    ("milk producers’ co\u2011operative", "tcr-77"), ("Milk  Producers\u00a0Society", "tcr-77"),
    ("thumbapuram", "pta-w-9"), ("tumpapuram", "pta-w-9"), ("തുമ്പപ്പുരം", "pta-w-9"),
    ("women's ranni", "pta-w-9"), ("womens cooperative society", "pta-w-9"), ("PTA/W/9", "pta-w-9"),
    ("റാന്നി വനിതാ", "pta-w-9"), ("vellarimala", "wyd-12"), ("വെള്ളരിമല", "wyd-12"),
    ("vanitha sangham bathery", "wyd-12"), ("സുൽത്താൻ ബത്തേരി", "wyd-12"), ("wynad", "wyd-12"),
    ("sultans battery", "wyd-12"), ("വയനാട് വനിത", "wyd-12"), ("chenkal", "knr-800"),
    ("chengal weavers", "knr-800"), ("ചെങ്കൽ കൈത്തറി", "knr-800"), ("cannanore handloom", "knr-800"),
    ("thaliparamba", "knr-800"), ("തളിപ്പറമ്പ്", "knr-800"), ("kannur neythu", "knr-800"),
    ("aluva", "ekm-5"), ("alwaye bank", "ekm-5"), ("ആലുവ", "ekm-5"), ("urban bank", "ekm-5"),
    ("അർബൻ", "ekm-5"), ("thrissur", "tsr-1"), ("trichur", "tsr-1"), ("തൃശ്ശൂർ", "tsr-1"),
    ("തൃശൂർ", "tsr-1"), ("employees credit", "tsr-1"), ("xylophone", ""), ("%", ""),
    ("milk bank", ""),
)  # fmt: skip
"""What is typed, and the society that has to stand first; empty if there is none."""


@pytest.fixture
def listed(rt: Runtime) -> Runtime:
    with rt.db.write() as conn:
        for number, name_en, name_ml, district, taluk, sector in LISTED:
            people_service.register_society(
                conn, _profile(number, name_en, name_ml, district, taluk, sector), now=rt.clock()
            )
    return rt


def _profile(
    number: str, name_en: str, name_ml: str, district: str, taluk: str, sector: str
) -> SocietyProfile:
    slug = number.lower().replace(" ", "-").replace("/", "-")
    return SocietyProfile(
        slug, number, name_en, name_ml, district, taluk, sector, "Class I", date(1990, 1, 1)
    )


def first(conn: Connection, text: str) -> str:
    found = finding.search(conn, text).societies
    return found[0].slug if found else ""


def test_each_finds_the_society_meant(listed: Runtime) -> None:
    assert len(MEANT) > 60
    with listed.db.read() as conn:
        wrong = {text: first(conn, text) for text, slug in MEANT if first(conn, text) != slug}
    assert wrong == {}


def test_a_society_entered_or_changed_later_is_found(listed: Runtime) -> None:
    new = _profile("IDK 3", "Elamala Growers", "ഏലമല കർഷക സംഘം", "idukki", "Devikulam", "credit")
    with listed.db.write() as conn:
        assert first(conn, "elamala") == ""
        people_service.register_society(conn, new, now=listed.clock())
        assert first(conn, "elamala") == "idk-3"
        row = t.society.c
        conn.execute(
            update(t.society).where(row.slug == "idk-3").values(name_en="Renamed", idx=row.idx + 1)
        )
        assert first(conn, "renamed") == "idk-3" and first(conn, "elamala") == "idk-3"
        conn.rollback()
    with listed.db.read() as conn:
        assert first(conn, "renamed") == "" and first(conn, "elamala") == ""


def test_pages_filters_and_what_may_not_be_seen(listed: Runtime) -> None:
    with listed.db.read() as conn:
        whole = finding.search(conn, "")
        pages = [finding.search(conn, "", limit=3, offset=n).societies for n in (0, 3, 6)]
        assert whole.count == len(LISTED)
        assert tuple(one for page in pages for one in page) == whole.societies
        assert [one.slug for one in finding.search(conn, "", sector="dairy").societies] == [
            "tcr-77"
        ]
        assert finding.search(conn, "society", district="thrissur").count == 2
        hidden = finding.search(conn, "bank", kept=lambda one: one.district == "ernakulam")
        assert [one.slug for one in hidden.societies] == ["ekm-5"]


def test_a_name_of_the_place_comes_behind_a_name_of_the_society(listed: Runtime) -> None:
    """Of two in Thrissur the one that is called so is meant."""
    with listed.db.read() as conn:
        found = [one.slug for one in finding.search(conn, "thrissur").societies]
    assert found == ["tsr-1", "tcr-77"]


@pytest.mark.parametrize(
    "text", ["\0", "x" * 100_000, "അ" * 5000, "a " * 5000, "್" * 300, "1" * 400]
)
def test_odd_texts_end(listed: Runtime, text: str) -> None:
    with listed.db.read() as conn:
        assert finding.search(conn, text).count in range(len(LISTED) + 1)
