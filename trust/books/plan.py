"""What an import will seal and what it will not, and the form of the steps that make it.

`planning` runs the steps; each step is a module that knows one thing about how a file meets the
books: `identities`, `overlaps`, and so on.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Protocol, cast

from trust.books.model import Answers, Fault, Question, ReadFile, UnplacedLedger
from trust.books.pure.vouchers import Record
from trust.books.spool import CHUNK, Spool
from trust.books.staging import key_of
from trust.log.model import NewEntry
from trust.log.preparing import Prepared, prepare_all

Made = tuple[Record, Record | None, Record | None]
"""A record, its second payload, and what stands in the annex."""


@dataclass(slots=True)
class Plan:
    """Everything an import will seal, and what it will not.

    Attributes:
        answers: what somebody said to questions about the file.
        entries: what will be sealed, prepared; None if it is only counted, as in a preview.
        kinds: how many entries of each kind will be sealed.
        book_years, debit, credit, vouchers: of what will be sealed; sums in paise.
        first, last: the days it spans, ISO; empty if it has none.
        accounts: what it adds to each account of the chart, in paise, debit positive.
        unplaced: ledgers on no account to which new vouchers post, by folded name.
        blocked: nothing of the file may be sealed; `refused` says why.
        learns: masters of the file say something that was not known.
    """

    import_id: str
    answers: Answers = field(default_factory=dict)
    entries: Spool[Prepared] | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    refused: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    odd: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    unmapped: tuple[str, ...] = ()
    unplaced: dict[str, UnplacedLedger] = field(default_factory=dict)
    blocked: bool = False
    learns: bool = False
    book_years: set[str] = field(default_factory=set)
    debit: int = 0
    credit: int = 0
    vouchers: int = 0
    first: str = ""
    last: str = ""
    accounts: Counter[str] = field(default_factory=Counter)

    def add(self, made: Iterable[Made]) -> None:
        """Count entries and prepare them; the number of each is part of its key in the log."""
        left = iter(made)
        while chunk := list(islice(left, CHUNK)):
            first = self.kinds.total()
            for record, _, _ in chunk:
                self._count(record)
            if self.entries is not None:
                items = [
                    NewEntry(str(record["kind"]), record, key_of(self.import_id, number), *others)
                    for number, (record, *others) in enumerate(chunk, first)
                ]
                self.entries.extend(prepare_all(items))

    def ask(self, question: Question) -> str:
        """The answer to a question; empty, and the question stands, if there is none that fits."""
        said = self.answers.get(question.code, "")
        if said and (not question.answers or said in question.answers):
            return said
        self.questions.append(question)
        return ""

    def refuse(self, fault: Fault) -> None:
        """Nothing of the file may be sealed."""
        self.blocked = True
        self.refused.append(fault)

    def count(self, read: ReadFile) -> None:
        """Count the vouchers of a file that cannot be compared yet, because its year is asked."""
        for voucher in read.vouchers:
            self.vouchers += 1
            self.debit += sum(max(line.paise, 0) for line in voucher.lines)
            self.credit += sum(max(-line.paise, 0) for line in voucher.lines)

    def _count(self, record: Record) -> None:
        self.kinds[str(record["kind"])] += 1
        if "book_year" in record:
            self.book_years.add(str(record["book_year"]))
        day = str(record.get("date") or record.get("as_of") or "")
        self.first = min(self.first or day, day)
        self.last = max(self.last, day)
        if record["kind"] != "voucher":
            return
        self.vouchers += 1
        for line in cast(list[dict[str, Any]], record["lines"]):
            paise: int = line["paise"]
            self.accounts[line["account"]] += paise
            self.debit += max(paise, 0)
            self.credit += max(-paise, 0)


class Step(Protocol):
    """Looks at the vouchers of a file on their way into a plan.

    Steps hold a connection to the books and what they need to remember; no step keeps vouchers.
    """

    def take(self, made: Sequence[Made]) -> None:
        """See the entries that a chunk of the file will seal."""

    def finish(self, plan: Plan) -> None:
        """After the last chunk: add faults, questions and what looks odd."""
