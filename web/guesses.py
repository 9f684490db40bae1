"""Guessing passwords is slow, and nobody shuts another person out by guessing.

A device from which the holder of a name signed in before (`web/devices.py`) has counts of its own:
whatever strangers do, it gets in. Whoever guesses at it, a colleague at the same computer or the
thief of its cookie, is any device once they are used up. Attempts from all other devices are
counted by address, by site and by name. Failures on a name make the next attempts on it wait, the
right ones too. After more attempts on a name in an hour than one site can make, each site has a few
a day for that name left, and every one of them waits: no name is closed, and more guesses cost more
sites (docs/adr/0016-limits-and-devices.md). A card has a secret that cannot be guessed: it is
counted by address alone, with everything else that is sent.
"""

import asyncio
import re
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from web import devices
from web.errors import TooOftenError
from web.proxies import one_client, one_site
from web.throttle import Rule, Throttle

FREE_FAILURES: Final = 5
"""Failures on a name in an hour after which nobody waits yet."""
STEP_SECONDS: Final = 0.25
MOST_SECONDS: Final = 5.0


def _rule(name: str, amount: int, seconds: int) -> Rule:
    """A rule that no path falls under: attempts are counted where they are judged."""
    return Rule(name, frozenset(), re.compile(r"(?!)"), amount, seconds)


DEVICE: Final = _rule("password-device", 20, 60)
DEVICE_HOUR: Final = _rule("password-device-hour", 60, 3600)
ADDRESS: Final = _rule("password", 20, 60)
ADDRESS_HOUR: Final = _rule("password-hour", 120, 3600)
SITE_HOUR: Final = _rule("password-site", 240, 3600)
NAME_HOUR: Final = _rule("password-name", 1000, 3600)
SPARE_DAY: Final = _rule("password-spare", 3, 86_400)
"""What one site has for one name once the attempts of the hour are used up."""


async def admit(request: Request, login: str) -> None:
    """Count an attempt on a name before its password is looked at, and wait if it must.

    Raises TooOftenError, which says how long to wait.
    """
    throttle: Throttle = request.app.state.throttle
    request.state.is_known_device = await _known(request, throttle, login)
    if request.state.is_known_device:
        return
    address = throttle.address(request)
    await _count(
        throttle,
        (ADDRESS, f"address {one_client(address)}"),
        (ADDRESS_HOUR, f"address {one_client(address)}"),
        (SITE_HOUR, f"site {one_site(address)}"),
    )
    if not (await run_in_threadpool(throttle.count, NAME_HOUR, f"login {login}")).passed:
        await _count(throttle, (SPARE_DAY, f"login {login} site {one_site(address)}"))
    failures = await run_in_threadpool(throttle.counted, NAME_HOUR, f"failed {login}")
    await asyncio.sleep(wait_seconds(failures))


async def failed(request: Request, login: str) -> None:
    """Note that a password was wrong: the next attempts on the name wait longer.

    Not so if it came from a known device that still has attempts of its own (`admit`).
    """
    throttle: Throttle = request.app.state.throttle
    if not request.state.is_known_device:
        await run_in_threadpool(throttle.count, NAME_HOUR, f"failed {login}")


def wait_seconds(failures: int) -> float:
    """How long an attempt waits after so many failures on its name within the hour."""
    return min(MOST_SECONDS, max(0, failures - FREE_FAILURES) * STEP_SECONDS)


async def _known(request: Request, throttle: Throttle, login: str) -> bool:
    """Whether the attempt comes from a device of the name's holder that does not guess itself."""
    device = devices.mark(request, login)
    if device is None:
        return False
    for rule in (DEVICE, DEVICE_HOUR):
        verdict = await run_in_threadpool(throttle.count, rule, f"device {device}")
        if not verdict.passed:
            return False
    return True


async def _count(throttle: Throttle, *counted: tuple[Rule, str]) -> None:
    for rule, caller in counted:
        verdict = await run_in_threadpool(throttle.count, rule, caller)
        if not verdict.passed:
            raise TooOftenError(verdict.headers())
