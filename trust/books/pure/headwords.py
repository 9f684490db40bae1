"""What the words of a head of account mean: a table of roots, and which meanings make an account.

The tables are data with a version (`head_words`, `head_rules`). A head is cut into meanings
(``FIXED``, ``DEPOSIT``); a rule names an account and the meanings that it needs, those of which
one will do (``FIXED|DEPOSIT``) and those that fit (``MEMBER?``). The rule that explains most of the
head wins. Nothing here decides where money stands: a person does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trust.books.pure.spellings import fold

_UNEXPLAINED = 0.3
_SHORT = 4
_MALAYALAM = re.compile("[\u0d00-\u0d7f]")
_CUT = re.compile(r"[^\w\u0d00-\u0d7f/&.%]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """An account, and the meanings that a head on it has; each need is met by one of its words."""

    account: str
    needs: tuple[frozenset[str], ...]
    fits: frozenset[str]

    def score(self, found: Iterable[str]) -> float:
        """How much of a head the rule explains; zero or less if it does not fit."""
        left = set(found)
        used = 0
        for need in self.needs:
            met = need & left
            if not met:
                return 0.0
            left -= met
            used += len(met)
        also = left & self.fits
        return used + len(also) - _UNEXPLAINED * len(left - also)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Roots of words with their meanings, and the rules of the accounts."""

    phrases: Mapping[int, Sequence[tuple[tuple[str, ...], str]]]
    roots: Sequence[tuple[str, str]]
    rules: Sequence[Rule]

    def meanings(self, name: str) -> dict[str, str]:
        """The meanings of a head, each with the text that has it, in the order of the head."""
        text = fold(name).replace("&", " and ")
        found = self._latin(_tokens(text))
        if _MALAYALAM.search(text):
            found |= self._malayalam(" " + _CUT.sub(" ", text))
        return found

    def accounts(self, name: str) -> tuple[str, ...]:
        """The accounts that explain a head best, as far as its words alone say; a few at most."""
        meanings = self.meanings(name)
        scored = [(rule.score(meanings), rule.account) for rule in self.rules]
        best = max((score for score, _ in scored), default=0.0)
        if best <= 0:
            return ()
        return tuple({account: None for score, account in scored if score == best})

    def _latin(self, tokens: list[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        free = [True] * len(tokens)
        for length in sorted(self.phrases, reverse=True):
            for at in range(len(tokens) - length + 1):
                if not all(free[at : at + length]):
                    continue
                here = tokens[at : at + length]
                for phrase, meaning in self.phrases[length]:
                    if all(map(_matches, phrase, here)):
                        found.setdefault(meaning, " ".join(here))
                        free[at : at + length] = [False] * length
                        break
        return found

    def _malayalam(self, text: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for root, meaning in self.roots:
            sought = f" {root}" if len(root) <= _SHORT else root
            if sought in text:
                found.setdefault(meaning, root)
                text = text.replace(sought, "\0")
        return found


def vocabulary(
    words: Iterable[Mapping[str, str]], rules: Iterable[Mapping[str, str]]
) -> Vocabulary:
    """The vocabulary of the two tables."""
    phrases: dict[int, list[tuple[tuple[str, ...], str]]] = {}
    roots: list[tuple[str, str]] = []
    for row in words:
        for text in _listed(row["latin"]):
            phrase = tuple(_tokens(text.replace("&", "and")))
            phrases.setdefault(len(phrase), []).append((phrase, row["word"]))
        roots += [(fold(text), row["word"]) for text in _listed(row["malayalam"])]
    for listed in phrases.values():
        listed.sort(key=lambda item: sum(map(len, item[0])), reverse=True)
    roots.sort(key=lambda item: len(item[0]), reverse=True)
    return Vocabulary(phrases, roots, tuple(_rule(row) for row in rules))


def _rule(row: Mapping[str, str]) -> Rule:
    parts = row["words"].split()
    needs = tuple(frozenset(part.split("|")) for part in parts if not part.endswith("?"))
    return Rule(row["account"], needs, frozenset(p[:-1] for p in parts if p.endswith("?")))


def _listed(cell: str) -> list[str]:
    return [text.strip() for text in cell.split(";") if text.strip()]


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    for word in text.replace("*", "\x01").split():
        bare = word.strip("()[]{}<>,:;\"'!?-_%")
        parts = [bare] if bare in _SLASHED else re.split(r"[/(),\[\]:;_]+", bare)
        found += [part.replace("\x01", "*") for part in parts if part]
    return found


_SLASHED = frozenset({"c/a", "b/f", "w/off", "o/s"})


def _matches(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
