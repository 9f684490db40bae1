// Merkle trees of RFC 6962: docs/formats/verifying.md, section 3.
import { need, sha256 } from "./bytes.mjs";

export const leafHash = (entry) => sha256(Buffer.of(0), entry);
export const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);
const odd = (n) => n % 2 === 1;
const half = (n) => Math.floor(n / 2);

/** The root over leaf hashes. */
export function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  const stack = [];
  leaves.forEach((leaf, index) => {
    let node = leaf;
    for (let n = index; odd(n); n = half(n)) node = nodeHash(stack.pop(), node);
    stack.push(node);
  });
  let root = stack.pop();
  while (stack.length > 0) root = nodeHash(stack.pop(), root);
  return root;
}

/** Refuse unless a path leads from a leaf hash at an index to the root of a tree of that size. */
export function checkInclusion(leaf, index, size, path, root) {
  need(index < size, "an index outside the tree");
  let [f, s, r] = [index, size - 1, leaf];
  for (const p of path) {
    need(s !== 0, "the path is too long");
    if (odd(f) || f === s) {
      r = nodeHash(p, r);
      while (!odd(f) && f !== 0) [f, s] = [half(f), half(s)];
    } else r = nodeHash(r, p);
    [f, s] = [half(f), half(s)];
  }
  need(s === 0 && r.equals(root), "the path does not lead to the root");
}

/** Refuse unless a proof shows that the newer tree begins with the older one. */
export function checkConsistency(m, n, oldRoot, newRoot, proof) {
  if (m === 0 || m === n) {
    need(proof.length === 0, "a consistency proof that must be empty");
    need(m === 0 || oldRoot.equals(newRoot), "two roots of one size");
    return;
  }
  need(m < n && proof.length > 0, "a consistency proof is empty or backwards");
  const power = Number.isInteger(Math.log2(m));
  const hashes = power ? [oldRoot, ...proof] : proof;
  let [f, s] = [m - 1, n - 1];
  while (odd(f)) [f, s] = [half(f), half(s)];
  let [a, b] = [hashes[0], hashes[0]];
  for (const c of hashes.slice(1)) {
    need(s !== 0, "a consistency proof is too long");
    if (odd(f) || f === s) {
      [a, b] = [nodeHash(c, a), nodeHash(c, b)];
      while (!odd(f) && f !== 0) [f, s] = [half(f), half(s)];
    } else b = nodeHash(b, c);
    [f, s] = [half(f), half(s)];
  }
  need(s === 0 && a.equals(oldRoot) && b.equals(newRoot), "a consistency proof does not come out");
}
