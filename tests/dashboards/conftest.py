"""The oversight desk of `tests/oversight`, with a second society in another district."""

import pytest

from oversight import adoption
from tests.oversight.conftest import Desk, profile
from trust.log.runtime import Runtime
from trust.people import service as people_service


@pytest.fixture
def desk(rt: Runtime) -> Desk:
    """Societies test-1 and test-2 in Thrissur, test-3 in Kannur; the proposed policy adopted."""
    with rt.db.write() as conn:
        for number, district in ((1, "thrissur"), (2, "thrissur"), (3, "kannur")):
            people_service.register_society(conn, profile(number, district), now=rt.clock())
        adoption.adopt_proposed(conn, now=rt.clock())
    return Desk(rt)
