// Trees of hashes (RFC 6962 section 2.1; verification as in RFC 9162 sections 2.1.3.2, 2.1.4.2).
// Sizes are exact integers below 2^53, so halving is done by division, not by 32-bit shifts.

import { concat, equal, expect, sha256 } from "./bytes.js";

export const EMPTY_ROOT = sha256(new Uint8Array(0));
export const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry));
export const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

const half = (number) => Math.floor(number / 2);
const odd = (number) => number % 2 === 1;

/** Largest power of two below `size` (at least 2). */
function split(size) {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

/** Root over leaves [low, high) of a range cut by the RFC's splits; `node(level, index)` is async. */
async function rangeRoot(low, high, node) {
  const parts = [];
  while (low < high) {
    let level = 0;
    while (2 ** (level + 1) <= high - low) level += 1;
    parts.push(await node(level, low / 2 ** level));
    low += 2 ** level;
  }
  let result = parts.pop();
  while (parts.length) result = nodeHash(parts.pop(), result);
  return result;
}

/** Root of the first `size` leaves, from perfect subtrees. */
export const rootOf = async (size, node) => (size === 0 ? EMPTY_ROOT : rangeRoot(0, size, node));

/** Root over all leaf hashes of a tree. */
export function rootOfLeaves(leaves) {
  if (leaves.length < 2) return leaves[0] ?? EMPTY_ROOT;
  const at = split(leaves.length);
  return nodeHash(rootOfLeaves(leaves.slice(0, at)), rootOfLeaves(leaves.slice(at)));
}

/** Path from the leaf at `index` to the root of `size` leaves, the leaf's sibling first. */
export async function buildInclusion(index, size, node) {
  expect(index >= 0 && index < size, "proof", `A tree of ${size} leaves has no leaf ${index}.`);
  const path = [];
  let [low, high] = [0, size];
  while (high - low > 1) {
    const middle = low + split(high - low);
    if (index < middle) {
      path.push(await rangeRoot(middle, high, node));
      high = middle;
    } else {
      path.push(await rangeRoot(low, middle, node));
      low = middle;
    }
  }
  return path.reverse();
}

/** Proof that the first `old` leaves are unchanged in a tree of `size`. */
export async function buildConsistency(old, size, node) {
  expect(old >= 0 && old <= size, "proof", `A log cannot shrink from ${old} to ${size} entries.`);
  if (old === 0 || old === size) return [];
  const proof = [];
  let [low, high] = [0, size];
  while (old !== high) {
    const middle = low + split(high - low);
    if (old <= middle) {
      proof.push(await rangeRoot(middle, high, node));
      high = middle;
    } else {
      proof.push(await rangeRoot(low, middle, node));
      low = middle;
    }
  }
  if (low) proof.push(await rangeRoot(low, high, node));
  return proof.reverse();
}

/** The root to which a path leads; a path too short or too long is refused. */
export function rootFromInclusion(leaf, index, size, path) {
  expect(Number.isSafeInteger(index) && index >= 0 && index < size, "proof",
    `A tree of ${size} leaves has no leaf ${index}.`);
  let [position, last, result] = [index, size - 1, leaf];
  for (const sibling of path) {
    expect(sibling.length === 32 && last > 0, "proof", "The path is longer than the tree is high.");
    if (odd(position) || position === last) {
      result = nodeHash(sibling, result);
      while (!odd(position) && position) [position, last] = [half(position), half(last)];
    } else {
      result = nodeHash(result, sibling);
    }
    [position, last] = [half(position), half(last)];
  }
  expect(last === 0, "proof", "The path ends before it reaches the root.");
  return result;
}

export function verifyInclusion(leaf, index, size, path, root) {
  expect(equal(rootFromInclusion(leaf, index, size, path), root), "proof",
    "The path leads to another root than the one that was signed.");
}

/** Check that the new tree begins with exactly the leaves of the old one. */
export function verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof) {
  expect(oldSize >= 0 && oldSize <= newSize, "proof",
    `A log cannot shrink from ${oldSize} to ${newSize} entries.`);
  if (oldSize === 0 || oldSize === newSize) {
    expect(proof.length === 0, "proof", "Between these sizes the proof must be empty.");
    expect(oldSize === 0 ? equal(oldRoot, EMPTY_ROOT) : equal(oldRoot, newRoot), "proof",
      `Two different roots were given for the size ${oldSize}: the log is forked.`);
    return;
  }
  expect(proof.length > 0 && proof.every((part) => part.length === 32), "proof", "The proof is malformed.");
  const parts = [...proof];
  if (split(oldSize + 1) === oldSize) parts.unshift(oldRoot); // a perfect old tree is left out
  let [position, last] = [oldSize - 1, newSize - 1];
  while (odd(position)) [position, last] = [half(position), half(last)];
  let [foundOld, foundNew] = [parts[0], parts[0]];
  for (const part of parts.slice(1)) {
    expect(last > 0, "proof", "The proof is longer than the tree is high.");
    if (odd(position) || position === last) {
      [foundOld, foundNew] = [nodeHash(part, foundOld), nodeHash(part, foundNew)];
      while (!odd(position) && position) [position, last] = [half(position), half(last)];
    } else {
      foundNew = nodeHash(foundNew, part);
    }
    [position, last] = [half(position), half(last)];
  }
  expect(last === 0, "proof", "The proof ends before it reaches the root.");
  expect(equal(foundOld, oldRoot) && equal(foundNew, newRoot), "proof",
    "The new head does not continue the old one: entries were changed or removed.");
}
