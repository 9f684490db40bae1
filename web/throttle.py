"""How often one person or one address may do a thing, and saying so in headers.

Whoever is signed in is counted by account, everybody else by address (`web/proxies.py`): an IPv4
address, or the /64 of an IPv6 one. A name is counted as a hash under a key derived from the session
secret, so that no address is kept anywhere. Passwords have counts of their own (`web/guesses.py`).
Headers follow the IETF draft "RateLimit header fields for HTTP": ``RateLimit-Policy`` and
``RateLimit``.
"""

import hashlib
import math
import re
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import Storage
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from web.counts import Counter
from web.proxies import Proxies, one_client


@dataclass(frozen=True, slots=True)
class Rule:
    """At most ``amount`` requests in ``seconds`` that match, for each caller."""

    name: str
    methods: frozenset[str]
    path: re.Pattern[str]
    amount: int
    seconds: int


_POST: Final = frozenset({"POST"})
_WRITE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ANY: Final = _WRITE | {"GET", "HEAD"}
RULES: Final = (
    Rule("login", _POST, re.compile(r"/login\b.*|/api/v1/login\b.*"), 600, 60),
    Rule("cast", _POST, re.compile(r".*/(?:cast|vote|ballots)(?:/.*)?"), 120, 60),
    Rule("receipt", _ANY, re.compile(r"/r/.*"), 120, 60),
    Rule("write", _WRITE, re.compile(r".*"), 240, 60),
    Rule("api", _ANY, re.compile(r"/api/.*"), 600, 60),
)
"""The first rule that matches counts; reading pages, static files and tiles is not limited here.
A card is two requests, and a hall full of members may share one address."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limiter says of one request."""

    rule: Rule
    passed: bool
    left: int
    wait_s: int

    def headers(self) -> dict[str, str]:
        """The headers that tell the caller where she stands."""
        found = {
            "RateLimit-Policy": f'"{self.rule.name}";q={self.rule.amount};w={self.rule.seconds}',
            "RateLimit": f'"{self.rule.name}";r={self.left};t={self.wait_s}',
        }
        return found if self.passed else found | {"Retry-After": str(max(1, self.wait_s))}


class Throttle:
    """Counts requests.

    Args:
        factor: multiplies every allowance; 0 switches the limits off (load tests).
        secret: names are hashed under a key derived from it; the same in all processes.
        storage: what processes share; None: the memory of this one.
        proxies: whose word about addresses is believed.
    """

    def __init__(
        self,
        factor: int = 1,
        *,
        secret: str = "",
        storage: Storage | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self.factor = factor
        self._proxies = proxies or Proxies()
        self._counter = Counter(storage)
        self._key = hashlib.blake2b(secret.encode(), person=b"sakshi limits").digest()

    def rule(self, connection: HTTPConnection) -> Rule | None:
        """The rule that covers a request; None if none does."""
        if not self.factor:
            return None
        path: str = connection.scope["path"]
        method: str = connection.scope["method"]
        fitting = (it for it in RULES if method in it.methods and it.path.fullmatch(path))
        return next(fitting, None)

    def address(self, connection: HTTPConnection) -> str:
        """Where a request came from."""
        return self._proxies.client(connection.scope)

    async def judge(self, rule: Rule, connection: HTTPConnection, account: int | None) -> Verdict:
        """Count a request for the account that sent it, or for its address."""
        caller = f"address {one_client(self.address(connection))}"
        if account is not None:
            caller = f"account {account}"
        if self._counter.is_shared:
            return await run_in_threadpool(self.count, rule, caller)
        return self.count(rule, caller)

    def count(self, rule: Rule, caller: str) -> Verdict:
        """Count one act of ``caller`` (an address, an account, a log-in name) under ``rule``."""
        if not self.factor:
            return Verdict(rule, True, rule.amount, 0)
        passed, stats = self._counter.hit(self._item(rule), self._hidden(caller))
        wait = max(0, math.ceil(stats.reset_time - time.time()))
        return Verdict(rule, passed, max(0, stats.remaining), wait)

    def counted(self, rule: Rule, caller: str) -> int:
        """Acts of ``caller`` under ``rule`` so far; counts nothing."""
        if not self.factor:
            return 0
        item = self._item(rule)
        return item.amount - self._counter.stats(item, self._hidden(caller)).remaining

    def _item(self, rule: Rule) -> RateLimitItemPerSecond:
        return RateLimitItemPerSecond(rule.amount * self.factor, rule.seconds, rule.name)

    def _hidden(self, caller: str) -> str:
        return hashlib.blake2b(caller.encode(), key=self._key, digest_size=16).hexdigest()
