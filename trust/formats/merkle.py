"""Merkle tree hashes and proofs of RFC 6962 section 2.1, over SHA-256.

The empty tree hashes to SHA-256 of zero bytes, a leaf to SHA-256(0x00 || entry), a node to
SHA-256(0x01 || left || right); a tree splits at the largest power of two below its size. The two
prefixes keep a node from being passed off as an entry. Verification follows the algorithms
spelled out in RFC 9162 sections 2.1.3.2 and 2.1.4.2.

Proofs are built from a function ``node(level, index)`` that returns the hash of the perfect subtree
over the leaves ``[index << level, (index + 1) << level)``; ``tiles.TileReader.node`` is one.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from trust.formats.errors import ProofError

EMPTY_ROOT = sha256(b"").digest()
"""Root hash of the tree without leaves."""

Node = Callable[[int, int], bytes]
"""Hash of the perfect subtree at (level, index)."""

_HASH = 32


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one log entry, as the tree holds it."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node over its two children."""
    return sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """Root over all leaf hashes, computed from scratch, level by level."""
    if not leaf_hashes:
        return EMPTY_ROOT
    row = list(leaf_hashes)
    while len(row) > 1:
        above = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        if len(row) % 2:
            # The odd one out rises unhashed: this yields the RFC's split at a power of two.
            above.append(row[-1])
        row = above
    return row[0]


def root_from_nodes(size: int, node: Node) -> bytes:
    """Root of a tree of ``size`` leaves from its O(log size) largest perfect subtrees."""
    _expect(size >= 0, f"A tree cannot have {size} leaves.")
    return _range_root(0, size, node) if size else EMPTY_ROOT


def build_inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Inclusion path of leaf ``index`` (0-based), leaf's sibling first (RFC 6962 2.1.1).

    Raises:
        ProofError: the tree has no such leaf.
    """
    _expect(0 <= index < size, f"A tree of {size} leaves has no leaf at position {index}.")
    path: list[bytes] = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_range_root(middle, high, node))
            high = middle
        else:
            path.append(_range_root(low, middle, node))
            low = middle
    path.reverse()
    return path


def build_consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Proof that the first ``old`` leaves of a tree of ``new`` are unchanged (RFC 6962 2.1.2).

    Empty when ``old`` is 0 or equals ``new``: then the two roots alone decide.

    Raises:
        ProofError: ``old`` is negative or greater than ``new``.
    """
    _expect(0 <= old <= new, f"There is no proof that a tree shrank from {old} to {new} leaves.")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(_range_root(middle, high, node))
            high = middle
        else:
            proof.append(_range_root(low, middle, node))
            low = middle
    if low:
        # Reached by going right at least once: the old root does not show this subtree.
        proof.append(_range_root(low, high, node))
    proof.reverse()
    return proof


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion path leads to (RFC 9162 2.1.3.2).

    Raises:
        ProofError: position outside the tree, a hash of wrong length, a path too short or long.
    """
    _expect(0 <= index < size, f"A tree of {size} leaves has no leaf at position {index}.")
    _expect(len(leaf) == _HASH, "The leaf hash must be 32 bytes long.")
    position, last, result = index, size - 1, leaf
    for sibling in path:
        _expect(len(sibling) == _HASH, "Every hash of an inclusion path must be 32 bytes long.")
        _expect(last > 0, "The inclusion path is longer than the tree is high.")
        if position & 1 or position == last:
            result = node_hash(sibling, result)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        position >>= 1
        last >>= 1
    _expect(last == 0, "The inclusion path ends before it reaches the root.")
    return result


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes
) -> None:
    """Check that the leaf with hash ``leaf`` stands at ``index`` in the tree (``size``, ``root``).

    Raises:
        ProofError: it does not, or the path is malformed.
    """
    if root_from_inclusion(leaf, index, size, path) != root:
        raise ProofError(
            f"The inclusion path of position {index} leads to another root than the one signed: "
            "the entry, its position or the path was changed."
        )


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the new tree begins with exactly the leaves of the old one (RFC 9162 2.1.4.2).

    From size 0, and between equal sizes, the proof must be empty; an empty tree must have
    ``EMPTY_ROOT``, and equal sizes must have equal roots.

    Raises:
        ProofError: the trees are inconsistent or the proof is malformed.
    """
    _expect(
        0 <= old_size <= new_size, f"A log cannot shrink from {old_size} to {new_size} entries."
    )
    for what, size, root in (("old", old_size, old_root), ("new", new_size, new_root)):
        _expect(len(root) == _HASH, f"The {what} root must be 32 bytes long.")
        _expect(
            size > 0 or root == EMPTY_ROOT,
            f"The {what} tree is empty but its root is not that of an empty tree.",
        )
    if old_size in (0, new_size):
        _expect(not proof, "Between these sizes the consistency proof must be empty.")
        _expect(
            old_size != new_size or old_root == new_root,
            f"Two different roots were given for the same size {new_size}: the log is forked.",
        )
        return
    _expect(bool(proof), "The consistency proof is missing.")
    _expect(
        all(len(part) == _HASH for part in proof),
        "Every hash of a consistency proof must be 32 bytes long.",
    )
    found_old, found_new = _roots_from_consistency(old_size, new_size, old_root, proof)
    if found_old != old_root or found_new != new_root:
        raise ProofError(
            f"The head of size {new_size} does not continue the head of size {old_size}: "
            "entries were changed or removed, or the proof is damaged."
        )


def _roots_from_consistency(
    old_size: int, new_size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Both roots that a proof for ``0 < old_size < new_size`` leads to."""
    parts = list(proof)
    if old_size & (old_size - 1) == 0:
        # A perfect old tree is itself the first part; the proof leaves it out.
        parts.insert(0, old_root)
    position, last = old_size - 1, new_size - 1
    while position & 1:
        position >>= 1
        last >>= 1
    found_old = found_new = parts[0]
    for part in parts[1:]:
        _expect(last > 0, "The consistency proof is longer than the tree is high.")
        if position & 1 or position == last:
            found_old = node_hash(part, found_old)
            found_new = node_hash(part, found_new)
            while not position & 1 and position:
                position >>= 1
                last >>= 1
        else:
            found_new = node_hash(found_new, part)
        position >>= 1
        last >>= 1
    _expect(last == 0, "The consistency proof ends before it reaches the root.")
    return found_old, found_new


def _range_root(low: int, high: int, node: Node) -> bytes:
    """Root over leaves [low, high) of a range cut by the RFC's splits, so ``low`` is aligned."""
    parts: list[bytes] = []
    while low < high:
        level = (high - low).bit_length() - 1
        parts.append(node(level, low >> level))
        low += 1 << level
    result = parts.pop()
    while parts:
        result = node_hash(parts.pop(), result)
    return result


def _split(size: int) -> int:
    """Largest power of two below ``size`` (which is at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


def _expect(condition: bool, message: str) -> None:
    if not condition:
        raise ProofError(message)
