"""The verbs of voting, collected. Each takes an open connection and shares its
transaction; `now` is UTC seconds."""

from voting.assisting import ASSISTANTS, open_assisted
from voting.ballots import cast, eligible
from voting.closing import close_meeting
from voting.drawing import draw_roll
from voting.meetings import CONVENERS, call_meeting

__all__ = [
    "ASSISTANTS",
    "CONVENERS",
    "call_meeting",
    "cast",
    "close_meeting",
    "draw_roll",
    "eligible",
    "open_assisted",
]
