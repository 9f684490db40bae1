"""Step: no ledger goes to suspense, and none changes its account, without being told."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from trust.books import fonts
from trust.books.model import Fault, LedgerChoice, Question, UnplacedLedger
from trust.books.plan import Made, Plan
from trust.books.pure import years
from trust.books.pure.accounts import Ledgers
from trust.books.pure.faultwords import fault, question
from trust.books.pure.mapping import SUSPENSE
from trust.books.pure.money import format_paise
from trust.books.pure.spellings import fold
from trust.books.pure.tally import DIFFERENCE
from trust.formats.times import IST

_NAMED = 8
_MOST_ODD = 20


class Placing:
    """The step that asks where ledgers belong, and names those whose account is another now."""

    def __init__(self, ledgers: Ledgers, history: Sequence[LedgerChoice]) -> None:
        self._ledgers, self._history = ledgers, history
        self._found: dict[str, UnplacedLedger] = {}
        self._bare = False  # a difference between lists is on suspense; it names no ledgers

    def take(self, made: Sequence[Made]) -> None:
        """Add up what new vouchers post on suspense, ledger by ledger."""
        back: Counter[tuple[str, int]] = Counter()
        for record, detail, _ in made:
            if record["kind"] != "voucher":
                continue
            lines = cast(list[dict[str, Any]], record["lines"])
            if detail is None:  # a reversal: what it takes off suspense may stay there
                back = Counter((line["account"], -line["paise"]) for line in lines)
                continue
            on_suspense = any(line["account"] in SUSPENSE for line in lines)
            self._bare = self._bare or (on_suspense and not detail["ledgers"])
            for line, name in zip(lines, cast(list[str], detail["ledgers"]), strict=False):
                here = (line["account"], line["paise"])
                if record["corrects"] is not None and back[here]:
                    back[here] -= 1
                elif line["account"] in SUSPENSE and name in self._ledgers.unknown:
                    self._add(name, line["paise"])

    def _add(self, name: str, paise: int) -> None:
        if name == DIFFERENCE:
            return
        key = fold(name)
        known = self._found.get(key)
        if known is None:
            parent = next(iter(self._ledgers.groups_of(name)), "")
            known = UnplacedLedger(name, parent, 0, 0)
        debit, credit = known.debit + max(paise, 0), known.credit + max(-paise, 0)
        self._found[key] = UnplacedLedger(known.name, known.parent, debit, credit)

    def finish(self, plan: Plan) -> None:
        """Ask about suspense; add what looks odd."""
        for name in self._ledgers.unknown if self._bare else ():
            self._add(name, 0)
        fonts.ask(plan, self._ledgers.met)
        plan.unplaced.update(self._found)
        if self._found:
            plan.ask(_suspense(self._found.values()))
        plan.odd += self._changed(plan)[:_MOST_ODD]

    def _changed(self, plan: Plan) -> list[Fault]:
        """Ledgers of the file that stood elsewhere, changed since the year before the file's."""
        newest = max(plan.book_years, default="")
        met = {fold(name) for name in self._ledgers.met}
        last = {fold(one.ledger): one for one in self._history}
        found = [fault("account-code-and-name", ledger=name) for name in self._ledgers.doubtful]
        for key, one in last.items():
            day = datetime.fromtimestamp(one.time, IST).date().isoformat()
            moved = one.before not in (None, one.account)
            if moved and key in met and years.book_year_of(day) >= newest:
                found.append(
                    fault("account-changed/chosen", ledger=one.ledger, before=one.before or "",
                          account=one.account, day=day)
                )  # fmt: skip
        for name, (before, account) in self._ledgers.moved.items():
            found.append(
                fault("account-changed/group", ledger=name, before=before, account=account)
            )
        return found


def _suspense(found: Iterable[UnplacedLedger]) -> Question:
    listed = sorted(found, key=lambda one: -(one.debit + one.credit))
    names = "; ".join(one.name for one in listed[:_NAMED])
    return question(
        "suspense/few" if len(listed) <= _NAMED else "suspense/more",
        count=len(listed),
        names=names,
        debit=format_paise(sum(one.debit for one in listed)),
        credit=format_paise(sum(one.credit for one in listed)),
    )
