// Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature v1).

import { ed25519 } from "../../vendor/noble.js";
import { verifyMldsa } from "./mldsa.js";
import { concat, equal, expect, fromBase64, fromBase64Hash, fromDecimal, fromUtf8, hex, sha256, utf8 } from "./bytes.js";

const DASH = "\u2014 ";
const LOG_KEY = 0x01;
const COSIGNER_KEY = 0x04;
const MLDSA_KEY = 0x06;
const KEY_LENGTH = { [LOG_KEY]: 32, [COSIGNER_KEY]: 32, [MLDSA_KEY]: 1312 };
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x09\x0b-\x1f]/;

function checkName(name) {
  expect(name !== "" && !/[\s+\x85]/u.test(name) && !CONTROL.test(name), "key-name",
    "A key name has no spaces and no plus sign.");
}

/** Read `name+hex key id+base64(type || public key)`; the id must be this key's. */
export function parseVkey(text) {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text);
  expect(parts, "vkey", "This is not a verifier key.");
  const [, name, id, body] = parts;
  checkName(name);
  const raw = fromBase64(body);
  expect(raw.length === 1 + KEY_LENGTH[raw[0]], "key-type",
    "Only Ed25519 and ML-DSA-44 keys of logs and witnesses are known here.");
  const keyId = sha256(concat(utf8(`${name}\n`), raw)).slice(0, 4);
  expect(hex(keyId) === id, "vkey", `The key of ${name} does not have the id that is written with it.`);
  return { name, keyId, type: raw[0], public: raw.slice(1), text };
}

/** Split a note into its text and its signature lines; nothing about them is checked yet. */
export function parseNote(data) {
  const whole = typeof data === "string" ? data : fromUtf8(data);
  expect(!CONTROL.test(whole) && !/\p{Cs}/u.test(whole), "note", "The note holds control characters.");
  const gap = whole.lastIndexOf("\n\n");
  expect(gap > 0 && whole.endsWith("\n") && gap + 2 < whole.length, "note",
    "This is not a signed note: text, empty line, signatures.");
  const lines = whole.slice(gap + 2, -1).split("\n");
  expect(lines.length <= 100, "note", "A note may have 100 signatures at most.");
  const signatures = lines.map(parseLine);
  const signers = new Set(signatures.map((one) => `${one.name} ${hex(one.keyId)}`));
  expect(signers.size === lines.length, "note",
    "Two signature lines have one name and key id; a checkpoint has one of each.");
  return { text: whole.slice(0, gap + 1), signatures, whole };
}

function parseLine(line) {
  const space = line.indexOf(" ", DASH.length);
  expect(line.startsWith(DASH) && space > 0, "note", "This is not a signature line.");
  const name = line.slice(DASH.length, space);
  checkName(name);
  const raw = fromBase64(line.slice(space + 1));
  expect(raw.length >= 5, "note", `The signature of ${name} is too short.`);
  return { name, keyId: raw.slice(0, 4), signature: raw.slice(4) };
}

/** Read origin, size and root; our logs never write extension lines. */
export function parseCheckpoint(text) {
  const lines = text.split("\n");
  expect(lines.length === 4 && lines[0] !== "" && lines[3] === "", "checkpoint",
    "A checkpoint has three lines: origin, size and root.");
  return { origin: lines[0], size: fromDecimal(lines[1], "tree size"), root: fromBase64Hash(lines[2]) };
}

const isBy = (key) => (line) => line.name === key.name && equal(line.keyId, key.keyId);

function checkSignature(key, message, signature, what) {
  let right = false;
  try {
    right = signature.length === 64 && ed25519.verify(signature, message, key.public, { zip215: false });
  } catch {
    right = false;
  }
  expect(right, "signature", `The signature of ${key.name} does not fit the ${what}: one of the two was changed.`);
}

/**
 * A checkpoint that the log with this key has signed.
 * `only`: no other signature may stand under it (a head as an entry of the state log).
 */
export function openCheckpoint(data, key, { only = false } = {}) {
  const note = parseNote(data);
  const head = parseCheckpoint(note.text);
  expect(key.type === LOG_KEY, "key-type", "This key does not sign checkpoints.");
  const lines = note.signatures.filter(isBy(key));
  expect(lines.length > 0, "unsigned", `The head is not signed by ${key.name}.`);
  expect(!only || note.signatures.length === 1, "note", "This head must carry its own log's signature and no other.");
  for (const line of lines) checkSignature(key, utf8(note.text), line.signature, "head");
  expect(head.origin === key.name, "origin", `The head is of ${head.origin}, but the key belongs to ${key.name}.`);
  return { ...head, note };
}

/** The time that a cosignature carries before its signature proper. */
function timeOf(key, line, length) {
  expect(line.signature.length === 8 + length, "signature", `The cosignature of ${key.name} has a wrong length.`);
  const time = new DataView(line.signature.buffer, line.signature.byteOffset).getBigUint64(0);
  expect(time < 2n ** 63n, "signature", `The cosignature of ${key.name} states an impossible time.`);
  return time;
}

function checkMldsa(key, note, line) {
  timeOf(key, line, 2420);
  const right = verifyMldsa(key, parseCheckpoint(note.text), line.signature);
  expect(right !== false, "signature", `The ML-DSA-44 signature of ${key.name} does not fit the head: one of the two was changed.`);
  return right;
}

/**
 * Whether the log's second key (ML-DSA-44) signed the note as well. It must have: a head without
 * that line would rest on the weaker key alone. False: it is there, and cannot be checked here.
 */
export function checkSecondLine(note, key) {
  const lines = note.signatures.filter(isBy(key));
  expect(lines.length > 0, "second-line", `The head lacks the ML-DSA-44 signature of ${key.name} that the policy asks for.`);
  return lines.map((line) => checkMldsa(key, note, line)).every((right) => right === true);
}

/** Whether this witness cosigned the note: true, false, or null where that cannot be checked here. */
export function cosigned(note, key) {
  expect(key.type === COSIGNER_KEY || key.type === MLDSA_KEY, "key-type", `The key of ${key.name} is not a witness's.`);
  const found = note.signatures.filter(isBy(key)).map((line) => {
    if (key.type === MLDSA_KEY) return checkMldsa(key, note, line);
    const time = timeOf(key, line, 64);
    checkSignature(key, utf8(`cosignature/v1\ntime ${time}\n${note.text}`), line.signature.slice(8), "head");
    return true;
  });
  return found.includes(true) || (found.length > 0 ? null : false);
}
