"""Makes the golden files of this folder, once: `python -m tests.vectors.make`.

Everything follows from fixed seeds; no key here is of anybody. A file that exists is never
written again: formats are append-only, and so are the files that prove that old artefacts verify.
To add a format version, add new names.
"""

from tests.audit import books, eras
from tests.audit.world import VECTORS, World
from trust.formats import archive

FILES = (
    "policy", "public.sakshi-proof", "private.sakshi-proof", "society.zip", "meeting.zip",
    "policy-2026-27", "society-2026-27.zip", "society-2027-28.zip",
)  # fmt: skip


def build() -> dict[str, bytes]:
    """All golden files by name."""
    world = World("golden")
    society = books.book(world)
    meeting = books.meeting(world)
    years = eras.society(eras.Eras("golden-years"))
    return {
        "policy": world.policy(),
        "public.sakshi-proof": world.proof_bytes(society, 8),
        "private.sakshi-proof": world.proof_bytes(society, 4),
        "society.zip": world.package(society),
        "meeting.zip": archive.pack(books.meeting_members(world, meeting)),
        "policy-2026-27": years.world.policy(1),
        "society-2026-27.zip": years.world.pack(years.old),
        "society-2027-28.zip": years.world.pack(years.new),
    }


def main() -> None:
    """Write the files that do not exist yet."""
    for name, data in build().items():
        path = VECTORS / name
        if path.exists():
            print(f"{name}: kept")
        else:
            path.write_bytes(data)
            print(f"{name}: made, {len(data)} bytes")


if __name__ == "__main__":
    main()
