"""Telling somebody: a command with variables in its environment, or a web address that takes JSON.

Each finding is told once when it is found and once when it is over; what could not be told is told
again in the next round, so a listener must bear hearing a thing twice.
"""

import http.client
import json
import os
import shlex
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from audit.monitoring.ledger import Found, Ledger
from trust.formats.times import format_time


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who is told. The command is run without a shell; `timeout` is for each attempt."""

    command: str | None = None
    webhook: str | None = None
    timeout: float = 30.0
    tries: int = 3
    sleep: Callable[[float], None] = time.sleep

    def tell(
        self,
        ledger: Ledger,
        server: str,
        away: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> list[str]:
        """Tell everything untold; returns a sentence for each thing that could not be told.

        `away` is where a listener is waited for; what it raises ends the telling.
        """
        faults: list[str] = []
        ledger.store.flush()
        for found in ledger.untold():
            event = _event(found, server)
            with away():
                wrong = self._all(event)
            if wrong:
                faults += wrong
            else:
                ledger.told(found)
                ledger.store.flush()
        return faults

    def _all(self, event: dict[str, str]) -> list[str]:
        faults: list[str] = []
        if self.command:
            fault = self._run(self.command, event)
            faults += [fault] if fault else []
        if self.webhook:
            fault = self._post(self.webhook, event)
            faults += [fault] if fault else []
        return faults

    def _run(self, command: str, event: dict[str, str]) -> str | None:
        try:
            done = subprocess.run(
                shlex.split(command),
                input=json.dumps(event, ensure_ascii=False) + "\n",
                env=os.environ | {f"SAKSHI_{name.upper()}": text for name, text in event.items()},
                timeout=self.timeout,
                check=False,
                stdout=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as error:
            return f"The hook {command!r} could not be run: {error}"
        if done.returncode:
            return f"The hook {command!r} ended with status {done.returncode}; it will run again."
        return None

    def _post(self, url: str, event: dict[str, str]) -> str | None:
        if not url.startswith(("http://", "https://")):
            return f"The webhook {url} is not an http or https address."
        body = json.dumps(event, ensure_ascii=False).encode()
        fault = ""
        for attempt in range(self.tries):
            if attempt:
                self.sleep(float(2**attempt))
            request = urllib.request.Request(
                url,
                data=body,
                method="POST",
                headers={"Content-Type": "application/json", "User-Agent": "sakshi-audit monitor"},
            )
            try:
                with urllib.request.urlopen(request, timeout=self.timeout):
                    return None
            except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
                fault = str(error)
        return f"The webhook {url} could not be told: {fault}"


def _event(found: Found, server: str) -> dict[str, str]:
    """What a listener hears; the names are those of the environment without `SAKSHI_`."""
    over = found.closed is not None
    return {
        "event": "cleared" if over else found.kind,
        "kind": found.kind,
        "finding": str(found.id),
        "origin": found.origin,
        "index": "" if found.index is None else str(found.index),
        "message": (f"This is over: {found.message}" if over else found.paragraph),
        "summary": found.message,
        "evidence": found.evidence,
        "server": server,
        "time": format_time(found.closed if found.closed is not None else found.first),
    }
