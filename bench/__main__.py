"""`python -m bench [name ...]`: run all measurements, or those named; `versus REV [name ...]` runs
those of another revision beside them."""

import importlib
import os
import platform
import sys
import time
from pathlib import Path

from bench import versus
from bench.table import show

NAMES = ("log", "proofs", "many", "tiles", "mirrors", "monitor", "vouchers", "imports", "formats",
         "judging", "ballots", "alerts", "pages", "finding", "witness")  # fmt: skip


def machine() -> str:
    """Date, processor and load, so that figures can be judged; never the machine's name."""
    found = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = (line.partition(":") for line in info.read_text().splitlines())
        names = [value.strip() for name, _, value in lines if name.strip() == "model name"]
        found = names[0] if names else found
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return f"{day}, Python {platform.python_version()}, {os.cpu_count()} cores of {found}"


def load() -> str:
    """How busy the machine is: runnable processes over the last minute and five minutes."""
    one, five, _ = os.getloadavg()
    return f"{one:.1f} over a minute, {five:.1f} over five"


def main() -> int:
    """Run and print."""
    if sys.argv[1:2] == ["versus"]:
        print(machine())
        return versus.main(sys.argv[2:])
    names = sys.argv[1:] or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"No measurement {unknown[0]!r}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    print(machine())
    for name in names:
        module = importlib.import_module(f"bench.{name}")
        before = load()
        rows = module.run()
        show((module.__doc__ or name).splitlines()[0], rows)
        print(f"\nLoad before: {before}; after: {load()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
