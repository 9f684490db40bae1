"""Reads the TOML text of a policy, refusing whatever it does not understand.

A misspelt key in a policy is a rule that silently does not hold, so unknown keys, missing words in
either language and thresholds in the wrong order are all faults that name their place.
"""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from oversight.errors import PolicyError
from oversight.pure.indicators import INDICATORS
from oversight.pure.policy import Measure, Policy, Rule, Threshold
from oversight.pure.wording import placeholders

FORMATS = ("sakshi-policy/1", "sakshi-policy/2")
"""Version 2 may have a sentence for zero beside that of a measure."""
LANGUAGES = ("en", "ml")
_DIRECTIONS = {"higher-is-worse": True, "lower-is-worse": False}
_CLEARS = ("same-period", "later-period", "officer")
_REOPENS = ("severer", "worse")


class _Table:
    """A TOML table being read: knows its place and which keys were asked for."""

    def __init__(self, data: Mapping[str, Any], place: str) -> None:
        self.data, self.place = data, place
        self._asked: set[str] = set()

    def take(self, key: str, kind: type[Any]) -> Any:
        self._asked.add(key)
        if key not in self.data:
            raise PolicyError(f"{self.place}: {key!r} is missing")
        value = self.data[key]
        if type(value) is not kind:
            raise PolicyError(f"{self.place}: {key!r} must be a {kind.__name__}, not {value!r}")
        if isinstance(value, str) and not value.strip():
            raise PolicyError(f"{self.place}: {key!r} is empty")
        return value

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        value: str = self.take(key, str)
        if value not in allowed:
            choice = ", ".join(allowed)
            raise PolicyError(f"{self.place}: {key!r} is {value!r}, not one of {choice}")
        return value

    def words(self, key: str) -> dict[str, str]:
        return {lang: self.take(f"{key}_{lang}", str) for lang in LANGUAGES}

    def tables(self, key: str) -> "list[_Table]":
        found = self.take(key, list)
        if not found or not all(isinstance(item, dict) for item in found):
            raise PolicyError(f"{self.place}: {key!r} must be one or more tables")
        return [_Table(item, f"{self.place}, {key} {n}") for n, item in enumerate(found, 1)]

    def close(self) -> None:
        unknown = sorted(set(self.data) - self._asked)
        if unknown:
            raise PolicyError(f"{self.place}: unknown key {unknown[0]!r}; is it misspelt?")


def parse(text: str) -> Policy:
    """Reads a policy.

    Raises:
        PolicyError: naming the rule, the key and what is wrong with it.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"the policy is not TOML: {error}") from error
    top = _Table(data, "the policy")
    newest = top.one_of("format", FORMATS) == FORMATS[-1]
    version, valid_from = top.take("version", str), top.take("valid_from", date)
    rules = tuple(_rule(table, zeros=newest) for table in top.tables("rule"))
    top.close()
    _refuse_repeats("the policy", "rule", [rule.id for rule in rules])
    return Policy(version=version, valid_from=valid_from, rules=rules, text=text)


def _rule(table: _Table, *, zeros: bool) -> Rule:
    table.place = f"rule {table.take('id', str)}"
    measures = tuple(_measure(item, table.place, zeros=zeros) for item in table.tables("measure"))
    _refuse_repeats(table.place, "measure", [measure.id for measure in measures])
    rule = Rule(
        id=table.take("id", str),
        version=_positive(table, "version"),
        title=table.words("title"),
        clears=table.one_of("clears", _CLEARS),
        clear_text=table.words("clear"),
        reopens=table.one_of("reopens", _REOPENS),
        look_back=_positive(table, "look_back"),
        help=table.words("help"),
        legal=table.take("legal", str),
        legal_confirm=table.take("legal_confirm", bool),
        measures=measures,
    )
    table.close()
    return rule


def _measure(table: _Table, rule_place: str, *, zeros: bool) -> Measure:
    table.place = f"{rule_place}, measure {table.take('id', str)}"
    indicator = INDICATORS[table.one_of("indicator", tuple(INDICATORS))]
    higher = _DIRECTIONS[table.one_of("direction", tuple(_DIRECTIONS))]
    thresholds = tuple(_threshold(item, higher=higher) for item in table.tables("threshold"))
    _refuse_repeats(table.place, "threshold", [f"{t.society_class}/{t.sector}" for t in thresholds])
    measure = Measure(
        id=table.take("id", str),
        indicator=indicator.name,
        unit=table.one_of("unit", (indicator.unit,)),
        higher_is_worse=higher,
        params=_params(table, indicator.params),
        formula=table.words("formula"),
        filled=table.words("filled"),
        sentence=table.words("sentence"),
        thresholds=thresholds,
        zero=table.words("zero") if zeros and "zero_en" in table.data else {},
    )
    _same_figures(table.place, "sentence", measure.sentence)
    _same_figures(table.place, "filled", measure.filled)
    if measure.zero:
        _same_figures(table.place, "zero", measure.zero)
    table.close()
    return measure


def _params(table: _Table, wanted: frozenset[str]) -> dict[str, int]:
    if not wanted:
        return {}
    inner = _Table(table.take("params", dict), f"{table.place}, params")
    params = {name: inner.take(name, int) for name in sorted(wanted)}
    inner.close()
    return params


def _threshold(table: _Table, *, higher: bool) -> Threshold:
    threshold = Threshold(
        society_class=table.take("class", str),
        sector=table.take("sector", str),
        watch=table.take("watch", int),
        act=table.take("act", int),
        clear=table.take("clear", int),
        source=table.take("source", str),
        confirm=table.take("confirm", bool),
    )
    table.close()
    steps = [threshold.clear, threshold.watch, threshold.act]
    ordered = sorted(steps, reverse=not higher)
    if steps != ordered or threshold.clear == threshold.watch:
        raise PolicyError(
            f"{table.place}: clear, watch and act must get worse in that order, "
            f"not {threshold.clear}, {threshold.watch}, {threshold.act}"
        )
    return threshold


def _positive(table: _Table, key: str) -> int:
    value: int = table.take(key, int)
    if value < 1:
        raise PolicyError(f"{table.place}: {key!r} must be at least 1")
    return value


def _refuse_repeats(place: str, what: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise PolicyError(f"{place}: {what} {name!r} stands there twice")


def _same_figures(place: str, what: str, words: Mapping[str, str]) -> None:
    en, ml = (placeholders(words[lang]) for lang in LANGUAGES)
    if en != ml:
        only = ", ".join(sorted(name for name, _ in en ^ ml))
        raise PolicyError(f"{place}: {what} names different figures in the two languages: {only}")
