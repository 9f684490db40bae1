"""Finding societies: time of a search among 15,000, in both scripts and odd spellings.

The rows are written straight into the table `society`, without a log: `sakshi fsck --rooms` names
each of them. `SAKSHI_BENCH_SOCIETIES` asks for another number; `SAKSHI_BENCH_DATABASE` names an
empty PostgreSQL database in place of SQLite. Target: p95 under 50 ms.
"""

import os
import random
import time
from datetime import date

from sqlalchemy import insert

from bench.state import fresh_state
from bench.table import Row, quantile
from trust.people import finding, places
from trust.people import tables as t

SOCIETIES = int(os.environ.get("SAKSHI_BENCH_SOCIETIES", "15000"))
DATABASE = os.environ.get("SAKSHI_BENCH_DATABASE")
ROUNDS = 20
BEGIN = [
    "Mavila",
    "Kuyil",
    "Thumba",
    "Pooman",
    "Mazhavil",
    "Kanna",
    "Neela",
    "Chempa",
    "Vella",
    "Kara",
    "Elanji",
    "Vaya",
    "Murikk",
]
END = [
    "kadavu",
    "padam",
    "kunnu",
    "puram",
    "thara",
    "mala",
    "nadu",
    "kulam",
    "angadi",
    "kara",
    "palli",
    "vila",
    "kode",
    "mukku",
]
KINDS = (
    ("Service Co-operative Bank", "സർവീസ് സഹകരണ ബാങ്ക്"),
    ("Milk Producers' Co-operative Society", "ക്ഷീരോത്പാദക സഹകരണ സംഘം"),
    ("Women's Co-operative Society", "വനിതാ സഹകരണ സംഘം"),
    ("Consumer Co-operative Store", "ഉപഭോക്തൃ സഹകരണ സ്റ്റോർ"),
    ("Handloom Weavers' Co-operative Society", "കൈത്തറി നെയ്ത്ത് സഹകരണ സംഘം"),
)
TYPED = (
    "", "bank", "service co-operative bank", "കൊയിലാണ്ടി", "quilandy women’s", "trichur milk",
    "mavilakadavu", "mavilakadav", "R 1234", "14", "തൃശൂർ ക്ഷീരോൽപാദക", "scb", "kozhikode scb",
    "cooperative society", "a", "സഹകരണ സംഘം", "കണ്ണൂര്‍ കൈത്തറി", "cannanore", "zzqx", "vila",
)  # fmt: skip


def rows() -> list[dict[str, object]]:
    """Fictitious societies, the same each time."""
    rng = random.Random(1)
    made = []
    for number in range(SOCIETIES):
        district = rng.choice(places.districts())
        taluk = rng.choice(district.taluks)
        kind_en, kind_ml = rng.choice(KINDS)
        made.append(
            {
                "slug": f"r-{number}",
                "registration_number": f"R {number}",
                "name_en": f"{rng.choice(BEGIN)}{rng.choice(END)} {kind_en}",
                "name_ml": f"{taluk.ml} {kind_ml}",
                "district": district.word,
                "taluk": taluk.name,
                "sector": "credit",
                "class_": "Class I",
                "registered_on": date(2000, 1, 1),
                "added_at": 1,
                "log_id": 1,
                "idx": number,
            }
        )
    return made


def run() -> list[Row]:
    """Measure."""
    with fresh_state(database=DATABASE) as rt:
        with rt.db.write() as conn:
            conn.execute(insert(t.society), rows())
        begun = time.perf_counter()
        with rt.db.read() as conn:
            finding.search(conn, "first")
        built = time.perf_counter() - begun
        taken = []
        for _ in range(ROUNDS):
            for text in TYPED:
                with rt.db.read() as conn:
                    begun = time.perf_counter()
                    finding.search(conn, text)
                    taken.append((time.perf_counter() - begun) * 1000)
    kind = "PostgreSQL" if DATABASE else "SQLite"
    return [
        Row(f"the index of {SOCIETIES:,} societies made, {kind}", built, "s", "once a process"),
        Row("search, median", quantile(taken, 0.5), "ms", f"{len(TYPED)} texts"),
        Row("search, p95", quantile(taken, 0.95), "ms", "target 50"),
        Row("search, slowest", max(taken), "ms"),
    ]
