"""How often one address or one account may do a thing, and saying so in headers.

Strictest are signing in (guessing passwords also costs us 64 MB and half a second each) and
casting. The counts are kept in the memory of one process and named by a hash of the address with
a key that dies with the process, so that no address is kept. Headers follow the IETF draft
"RateLimit header fields for HTTP": ``RateLimit-Policy`` and ``RateLimit``.
"""

import hashlib
import math
import re
import secrets
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import HTTPConnection


@dataclass(frozen=True, slots=True)
class Rule:
    """At most ``amount`` requests in ``seconds`` that match, for each caller."""

    name: str
    methods: frozenset[str]
    path: re.Pattern[str]
    amount: int
    seconds: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        """The rule as the limiter wants it."""
        return RateLimitItemPerSecond(self.amount, self.seconds, self.name)


_POST: Final = frozenset({"POST"})
_WRITE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ANY: Final = _WRITE | {"GET", "HEAD"}
RULES: Final = (
    Rule("login", _POST, re.compile(r"/login\b.*|/api/v1/login\b.*"), 20, 60),
    Rule("cast", _POST, re.compile(r".*/(?:cast|vote|ballots)(?:/.*)?"), 120, 60),
    Rule("receipt", _ANY, re.compile(r"/r/.*"), 120, 60),
    Rule("write", _WRITE, re.compile(r".*"), 240, 60),
    Rule("api", _ANY, re.compile(r"/api/.*"), 600, 60),
)
"""The first rule that matches counts; reading pages, static files and tiles is not limited here."""


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
        return found if self.passed else found | {"Retry-After": str(self.wait_s)}


class Throttle:
    """Counts requests of one process.

    Args:
        factor: multiplies every allowance; 0 switches the limits off (load tests).
    """

    def __init__(self, factor: int = 1) -> None:
        self.factor = factor
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._key = secrets.token_bytes(32)

    def judge(self, connection: HTTPConnection) -> Verdict | None:
        """Count a request; ``None`` if no rule covers it."""
        if not self.factor:
            return None
        path: str = connection.scope["path"]
        method: str = connection.scope["method"]
        for rule in RULES:
            if method in rule.methods and rule.path.fullmatch(path):
                return self.count(rule, _caller(connection))
        return None

    def count(self, rule: Rule, caller: str) -> Verdict:
        """Count one act of ``caller`` (an address, an account, a log-in name) under ``rule``."""
        name = hashlib.blake2b(caller.encode(), key=self._key, digest_size=16).hexdigest()
        item = RateLimitItemPerSecond(rule.amount * max(self.factor, 1), rule.seconds, rule.name)
        passed = not self.factor or self._limiter.hit(item, name)
        stats = self._limiter.get_window_stats(item, name)
        wait = max(0, math.ceil(stats.reset_time - time.time()))
        return Verdict(rule, passed, max(0, stats.remaining), wait)


def _caller(connection: HTTPConnection) -> str:
    session = connection.scope.get("session") or {}
    if account := session.get("account"):
        return f"account {account}"
    return f"address {connection.client.host if connection.client else 'unknown'}"
