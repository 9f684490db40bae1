"""The demo society's meetings: one voted on and closed weeks ago, one open for voting now.

Each voter signs in the place where their own browser would; the server gets signed ballots only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from trust.formats.times import IST
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.model import Actor
from voting import queries as voting
from voting import service as voting_service
from voting.model import NewResolution
from web.demo.clients import Keyring
from web.demo.model import CLOSED, OPENED, DemoSociety

OPENS, CLOSES = -1, 30
"""Days on which the second meeting's vote opens and closes."""

_FIRST = (
    NewResolution(
        "To adopt the audited accounts of {year}.", "{year} വർഷത്തെ ഓഡിറ്റ് ചെയ്ത കണക്കുകൾ അംഗീകരിക്കുക."
    ),
    NewResolution(
        "To amend bye-law 12 so that the society may open a second collection centre.",
        "രണ്ടാമത്തെ സംഭരണ കേന്ദ്രം തുറക്കാൻ ബൈലോ 12 ഭേദഗതി ചെയ്യുക.",
        "bye-law-amendment",
    ),
)
_SECOND = (
    NewResolution(
        "To buy a bulk milk cooler for ₹12,00,000 out of the building fund.",
        "കെട്ടിട ഫണ്ടിൽ നിന്ന് ₹12,00,000 ചെലവിട്ട് പാൽ ശീതീകരണി വാങ്ങുക.",
    ),
    NewResolution(
        "To pay members a price difference of ₹1 a litre for the last quarter.",
        "കഴിഞ്ഞ പാദത്തിൽ അംഗങ്ങൾക്ക് ലിറ്ററിന് ₹1 വില വ്യത്യാസം നൽകുക.",
    ),
)


@dataclass(slots=True)
class Meetings:
    """Both meetings of one society, and the members' cards to vote with."""

    rt: Runtime
    keys: Keyring
    item: DemoSociety
    moment: Callable[[int], int]
    closed: str = ""
    open: str = ""

    def call(self, now: int) -> None:
        """Give notice of both and draw their rolls."""
        year = self.item.years[1]
        first = tuple(
            NewResolution(r.text_en.format(year=year), r.text_ml.format(year=year), r.majority)
            for r in _FIRST
        )
        self.closed = self._call(
            "Annual general body meeting",
            "വാർഷിക പൊതുയോഗം",
            "annual-general-body",
            OPENED,
            OPENED,
            CLOSED,
            first,
            now,
        )
        self.open = self._call(
            "Special general body meeting",
            "പ്രത്യേക പൊതുയോഗം",
            "special-general-body",
            0,
            OPENS,
            CLOSES,
            _SECOND,
            now,
        )

    def _call(
        self,
        title_en: str,
        title_ml: str,
        kind: str,
        held: int,
        opens: int,
        closes: int,
        resolutions: tuple[NewResolution, ...],
        now: int,
    ) -> str:
        held_on = datetime.fromtimestamp(self.moment(held), UTC).astimezone(IST).date()
        with self.rt.db.write() as conn:
            secretary = self._secretary(conn, now)
            made = voting_service.call_meeting(
                conn,
                secretary,
                self.item.profile.slug,
                title_en,
                title_ml,
                kind,
                held_on,
                self.moment(opens),
                self.moment(closes),
                resolutions,
                now=now,
            )
            voting_service.draw_roll(conn, secretary, made, now=now)
        return made

    def vote_closed(self, now: int) -> None:
        """Twenty-six members vote at the first meeting; one of them changes their mind."""
        for number in range(1, 27):
            self._cast(self.closed, number, 1, "no" if number % 9 == 0 else "yes", now)
            choice = ("yes", "no", "yes", "no", "abstain")[number % 5]
            self._cast(self.closed, number, 2, choice, now)
        self._cast(self.closed, 5, 1, "no", now)

    def close(self, now: int) -> None:
        """Count the first meeting."""
        with self.rt.db.write() as conn:
            voting_service.close_meeting(conn, self._secretary(conn, now), self.closed, now=now)

    def vote_open(self, now: int) -> None:
        """Nine members have voted at the second one; member 1 has not, so that you can."""
        for number in range(4, 13):
            self._cast(self.open, number, 1, "no" if number == 7 else "yes", now)

    def _secretary(self, conn: Connection, now: int) -> Actor:
        account = people.account(conn, f"{self.item.profile.slug}.secretary")
        assert account is not None
        return people.actor(conn, account.id, now)

    def _cast(self, meeting_id: str, number: int, resolution: int, choice: str, now: int) -> None:
        login = f"{self.item.profile.slug}.m{number}"
        with self.rt.db.write() as conn:
            account = people.account(conn, login)
            assert account is not None and account.member_id is not None
            line = voting_service.eligible(conn, meeting_id, account.member_id)
            assert line is not None, login
            record = voting.ballot_to_sign(conn, meeting_id, resolution, line.roll_number, choice)
            signed = self.keys.sign(login, "member", "ballot", str(record["meeting"]), record)
            voting_service.cast(conn, meeting_id, signed, now=now)

    def days(self) -> Iterator[tuple[int, Callable[[int], None]]]:
        """What happens on which day, in order."""
        yield OPENED, self.vote_closed
        yield CLOSED, self.close
        yield OPENS, self.vote_open
