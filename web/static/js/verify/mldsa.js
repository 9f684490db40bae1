// ML-DSA-44 (C2SP tlog-cosignature, key type 0x06). Its library is fetched only when a policy names
// such a key; where it cannot be had, a signature is neither right nor wrong but not checked.

import { concat, utf8 } from "./bytes.js";

let library = null;

/** Fetch the library; without it everything else can still be checked. */
export async function loadMldsa() {
  try {
    ({ ml_dsa44: library } = await import("../../vendor/mldsa.js"));
  } catch {
    library = null;
  }
}

function u64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

const named = (text) => concat(Uint8Array.of(utf8(text).length), utf8(text));

/** Whether time and signature are this key's over the head; null: not checked here. */
export function verifyMldsa(key, head, line) {
  if (library === null) return null;
  if (utf8(key.name).length > 255 || utf8(head.origin).length > 255) return false;
  const message = concat(
    utf8("subtree/v1\n\0"), named(key.name), line.slice(0, 8), named(head.origin), u64(0), u64(head.size), head.root,
  );
  try {
    return library.verify(line.slice(8), message, key.public);
  } catch {
    return false;
  }
}
