"""`python -m bench [name ...]`: run all measurements, or those named."""

import importlib
import platform
import sys
import time

from bench.table import show

NAMES = ("log", "proofs", "many", "ballots", "alerts", "pages")


def main() -> int:
    """Run and print."""
    names = sys.argv[1:] or NAMES
    print(f"{time.strftime('%Y-%m-%d', time.gmtime())}, Python {platform.python_version()}")
    for name in names:
        if name not in NAMES:
            print(f"No measurement {name!r}; there are: {', '.join(NAMES)}", file=sys.stderr)
            return 2
        module = importlib.import_module(f"bench.{name}")
        show((module.__doc__ or name).splitlines()[0], module.run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
