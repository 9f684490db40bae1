"""A secret in a file of its own, made once: ``python -m trust.secretfile PATH`` makes one.

The file appears under its name whole or not at all: two processes may start at once.
"""

import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path


def made_once(path: Path, *, mode: int = 0o600) -> str:
    """The secret of a file; a random one of 48 bytes is made if there is no file."""
    if not path.exists():
        descriptor, aside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
        os.chmod(aside, mode)
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        os.unlink(aside)
    return path.read_text(encoding="ascii").strip()


if __name__ == "__main__":
    # The database is another container's, of another user: the volume is what keeps it apart.
    for named in sys.argv[1:]:
        made_once(Path(named), mode=0o644)
