"""The signer's own code behind its own line protocol, without a process of its own.

Starting a child costs a third of a second a test; everything but the pipe is the real thing.
"""

import io
from pathlib import Path

from trust.log.keys.signer import SignerCore, serve_stream
from trust.log.keys.signerclient import _LineSigner


class DirectSigner(_LineSigner):
    """Answers each request line at once."""

    def __init__(self, home: Path, passphrase: bytes | None = None) -> None:
        super().__init__()
        self.core = SignerCore(home, passphrase)

    def _exchange(self, line: bytes) -> bytes:
        out = io.BytesIO()
        serve_stream(self.core, io.BytesIO(line), out)
        return out.getvalue()

    def _reset(self) -> None:
        raise AssertionError("the signer's code always answers")

    def close(self) -> None:
        """Nothing to close: the guard's file is the test's own folder."""
