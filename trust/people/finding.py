"""Finding societies by name, place or number in both scripts and in common spellings.

The index is in memory, one for each database that a process has open: what each word of a society
sounds like (`trust/formats/spelling.py`), its own words and the spellings of its district and
taluk. It is compared with the table at each search and takes in what changed, so that no entry and
no recovery has to know of it, and every database gives the same answers (ADR 18).
"""

import threading
import weakref
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from trust.formats import spelling
from trust.people import places
from trust.people import tables as t
from trust.people.accountreads import profiles
from trust.people.model import SocietyProfile

_SAME, _BEGINS, _SOUNDS = 0, 1, 4
_PLACE_SAME, _PLACE_BEGINS, _PLACE_SOUNDS = 2, 3, 5
"""How badly a word fits: it is the same, begins so, or has the same consonants; it is one of the
society's name, or of its place alone."""
_SHORT: Final = 3
"""With fewer consonants than this the vowels must fit as well."""
_SKIPPED: Final = frozenset({"no", "of", "the", "and", "ltd", "limited"})
_CHUNK: Final = 500
_LAST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a society as it sounds; `place` if it is of its place alone."""

    loose: str
    close: str
    place: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: how many there are, and the societies of the page, the best first."""

    count: int
    societies: tuple[SocietyProfile, ...]


@dataclass(slots=True)
class Index:
    """The words of every society of one database; a society is its place in the order of names."""

    state: tuple[int, ...] = ()
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    held: dict[str, tuple[SocietyProfile, frozenset[Word]]] = field(default_factory=dict)
    rows: list[SocietyProfile] = field(default_factory=list)
    keys: list[tuple[str, str, bool]] = field(default_factory=list)
    postings: list[list[int]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fresh(self, conn: Connection) -> None:
        """Take in what was entered or changed since the last search."""
        s = t.society.c
        sums = select(
            func.count(), func.coalesce(func.sum(s.log_id), 0), func.coalesce(func.sum(s.idx), 0)
        )
        state = tuple(int(one) for one in conn.execute(sums).one())
        if state == self.state:
            return
        with self.lock:
            now = {r.slug: (r.log_id, r.idx) for r in conn.execute(select(s.slug, s.log_id, s.idx))}
            changed = [slug for slug, at in now.items() if self.places.get(slug) != at]
            for slug in self.places.keys() - now.keys():
                del self.held[slug]
            for start in range(0, len(changed), _CHUNK):
                for one in profiles(conn, changed[start : start + _CHUNK]):
                    self.held[one.slug] = (one, frozenset(_words(one)))
            self._list()
            self.places, self.state = now, state

    def _list(self) -> None:
        """Sort the words, each with the societies that have it."""
        ordered = sorted(self.held.values(), key=lambda o: (o[0].name_en.casefold(), o[0].slug))
        found: dict[tuple[str, str, bool], list[int]] = defaultdict(list)
        for number, (_, words) in enumerate(ordered):
            for word in words:
                found[word.loose, word.close, word.place].append(number)
        self.rows = [profile for profile, _ in ordered]
        self.keys = sorted(found)
        self.postings = [found[key] for key in self.keys]

    def ranked(self, text: str) -> list[SocietyProfile]:
        """The societies that have every word of the text, the best first; all for an empty one."""
        if not text.strip():
            return self.rows
        ranks = self._ranks(text)
        return [self.rows[n] for n in sorted(ranks, key=lambda number: (ranks[number], number))]

    def _ranks(self, text: str) -> dict[int, int]:
        """How badly each society fits."""
        given = spelling.words(text)
        asked = [one for one in given if one not in _SKIPPED] or given
        fits = [self._fitting(spelling.loose(one), spelling.close(one)) for one in asked]
        fits.sort(key=len)
        ranks = fits[0] if fits else {}
        for other in fits[1:]:
            ranks = {n: ranks[n] + other[n] for n in ranks.keys() & other.keys()}
        return ranks

    def _fitting(self, loose: str, close: str) -> dict[int, int]:
        """The societies with a word that fits, and how well the best one does."""
        at = bisect_left(self.keys, (loose, "", False))
        end = bisect_left(self.keys, (loose + _LAST, "", False))
        hits = [
            (rank, which)
            for which in range(at, end)
            if (rank := _rank(self.keys[which], loose, close)) is not None
        ]
        found: dict[int, int] = {}
        for rank, which in sorted(hits, reverse=True):
            found.update(dict.fromkeys(self.postings[which], rank))
        return found


def _rank(key: tuple[str, str, bool], loose: str, close: str) -> int | None:
    """How badly a word fits what was asked for; None if it does not."""
    _, sound, place = key
    if sound == close:
        return _PLACE_SAME if place else _SAME
    if sound.startswith(close):
        return _PLACE_BEGINS if place else _BEGINS
    if len(loose) < _SHORT or loose.isdecimal():
        return None
    return _PLACE_SOUNDS if place else _SOUNDS


_indexes: weakref.WeakKeyDictionary[Engine, Index] = weakref.WeakKeyDictionary()
_making = threading.Lock()


def search(
    conn: Connection,
    text: str,
    *,
    district: str = "",
    sector: str = "",
    kept: Callable[[SocietyProfile], bool] | None = None,
    limit: int = 60,
    offset: int = 0,
) -> Found:
    """Societies that have every word of the text, in whatever spelling; all for an empty one.

    Args:
        kept: leaves out every society for which it is false (an officer's jurisdiction).
    """
    with _making:
        index = _indexes.setdefault(conn.engine, Index())
    index.fresh(conn)
    found = [
        one
        for one in index.ranked(text)
        if district in ("", one.district)
        and sector in ("", one.sector)
        and (kept is None or kept(one))
    ]
    return Found(len(found), tuple(found[offset : offset + limit]))


def _words(profile: SocietyProfile) -> Iterator[Word]:
    """Its own words; those of its place, which are its own where the name says the place."""
    own = (profile.name_en, profile.name_ml, profile.registration_number, profile.slug)
    names = {word for text in own for word in spelling.words(text)} | _initials(profile.name_en)
    sounds = {spelling.close(word) for word in names}
    for word in names:
        yield Word(spelling.loose(word), spelling.close(word), False)
    for around in places.spellings(profile.district, profile.taluk):
        listed = {word for text in around for word in spelling.words(text)}
        is_own = bool(sounds & {spelling.close(word) for word in listed})
        for word in listed:
            yield Word(spelling.loose(word), spelling.close(word), not is_own)


def _initials(name: str) -> set[str]:
    """ "scb" of a Service Co-operative Bank, however its place is called."""
    letters = "".join(word[0] for word in spelling.words(name) if word[0].isalpha())
    return {letters[start:] for start in range(len(letters) - 1) if len(letters) - start < 6}
