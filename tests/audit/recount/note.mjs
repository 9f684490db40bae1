// Signed notes, checkpoints, verifier keys, tlog-proofs: docs/formats/verifying.md, 2 and 3.
import { base64, concat, decimal, ed25519, need, sha256, utf8 } from "./bytes.mjs";

const SIZES = { 1: 32, 4: 32, 6: 1312 };

export function parseVkey(text) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  need(found && goodName(found[1]), `not a verifier key: ${text.slice(0, 80)}`);
  const blob = base64(found[3]);
  const [name, type, key] = [found[1], blob[0], blob.subarray(1)];
  need(SIZES[type] === key.length, `a verifier key of an unknown type or length: ${name}`);
  const id = sha256(`${name}\n`, blob).subarray(0, 4);
  need(id.toString("hex") === found[2], `the key id of ${name} is not that of its key`);
  return { name, type, key, id, text };
}

const goodName = (name) => name !== "" && !/[\p{White_Space}+]/u.test(name);

/** Split a note into its text and signature lines; verifies nothing. */
export function parseNote(bytes) {
  const whole = utf8(bytes);
  need(!/[\u0000-\u0009\u000b-\u001f]/.test(whole), "a control character in a note");
  const at = whole.lastIndexOf("\n\n");
  need(at >= 0 && whole.endsWith("\n"), "not a signed note");
  const text = whole.slice(0, at + 1);
  const rows = whole.slice(at + 2, -1).split("\n");
  need(rows.length >= 1 && rows.length <= 100, "a note without signatures or with too many");
  const seen = new Set();
  const lines = rows.map((row) => {
    const found = /^\u2014 ([^ ]+) ([^ ]+)$/u.exec(row);
    need(found && goodName(found[1]), "a signature line of a note is not as it must be");
    const blob = base64(found[2]);
    need(blob.length > 4, "a signature line of a note is too short");
    const line = { name: found[1], id: blob.subarray(0, 4), signature: blob.subarray(4), row };
    const mark = `${line.name} ${line.id.toString("hex")}`;
    need(!seen.has(mark), `two signature lines of ${line.name} with one key id`);
    seen.add(mark);
    return line;
  });
  return { bytes: Buffer.from(bytes), text, lines };
}

/** A note whose text is a checkpoint. */
export function parseCheckpoint(bytes) {
  const note = parseNote(bytes);
  const lines = note.text.split("\n");
  need(lines.length === 4 && lines[3] === "", "a checkpoint has three lines");
  need(lines[0] !== "", "a checkpoint without an origin");
  return { ...note, origin: lines[0], size: decimal(lines[1]), root: base64(lines[2], 32) };
}

/** Whether a line of this key is there; a line of it that does not verify spoils the note.
 * Null for a key that this program cannot check (ML-DSA-44). */
export function signedBy(note, key) {
  const line = note.lines.find(({ name, id }) => name === key.name && id.equals(key.id));
  if (line === undefined) return false;
  if (key.type === 6) return null;
  let [message, signature] = [Buffer.from(note.text), line.signature];
  if (key.type === 4) {
    need(signature.length === 72, `a cosignature of ${key.name} has the wrong length`);
    const time = signature.readBigUInt64BE(0);
    need(time < 2n ** 63n, `a cosignature of ${key.name} has no possible time`);
    message = Buffer.from(`cosignature/v1\ntime ${time}\n${note.text}`);
    signature = signature.subarray(8);
  }
  need(ed25519(key.key, message, signature), `the signature of ${key.name} does not verify`);
  return true;
}

/** A checkpoint with exactly one signature line, right, of that log key. */
export function ownHead(bytes, key) {
  const head = parseCheckpoint(bytes);
  need(head.origin === key.name, `a head of ${head.origin} in place of ${key.name}`);
  need(head.lines.length === 1, "not exactly one signature line");
  need(signedBy(head, key) === true, `no signature of ${key.name} with the key it was given`);
  return head;
}

/** The note with the 0x01 line of its log alone, as a state log holds it. */
export function alone(head, key) {
  const { row } = head.lines.find(({ name, id }) => name === key.name && id.equals(key.id));
  return concat(`${head.text}\n${row}\n`);
}

export function parseProof(bytes) {
  const text = utf8(bytes);
  const at = text.indexOf("\n\n");
  need(at >= 0, "not a tlog-proof");
  const [first, second, ...hashes] = text.slice(0, at).split("\n");
  need(first === "c2sp.org/tlog-proof@v1", "not a tlog-proof");
  need(second?.startsWith("index "), "a tlog-proof without an index");
  need(hashes.length <= 63, "a tlog-proof with more than 63 hashes");
  return {
    index: decimal(second.slice(6)),
    path: hashes.map((hash) => base64(hash, 32)),
    note: Buffer.from(text.slice(at + 2)),
  };
}
