// Canonical records and entries of a log (docs/formats.md sections 3 and 4).

import { checkTime, concat, equal, expect, Fault, fromBase64Hash, fromUtf8, sha256, utf8 } from "./bytes.js";

const MALAYALAM = [
  ["\u0d23\u0d4d\u200d", "\u0d7a"], ["\u0d28\u0d4d\u200d", "\u0d7b"], ["\u0d30\u0d4d\u200d", "\u0d7c"],
  ["\u0d32\u0d4d\u200d", "\u0d7d"], ["\u0d33\u0d4d\u200d", "\u0d7e"], ["\u0d15\u0d4d\u200d", "\u0d7f"],
  ["\u0d7b\u0d4d\u0d31", "\u0d28\u0d4d\u0d31"], ["\u0d4c", "\u0d57"],
];
const MAX_DEPTH = 16;
const rewrite = (text) => MALAYALAM.reduce((now, [old, better]) => now.replaceAll(old, better), text);

/** One spelling for text: NFC with the Malayalam rewrites before and after, to a fixed point. */
export function normaliseText(text) {
  for (let round = 0; round < 2; round += 1) text = rewrite(text).normalize("NFC");
  return rewrite(text);
}

function checkText(text) {
  // eslint-disable-next-line no-control-regex
  expect(!/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.test(text) && !/\p{Cs}/u.test(text), "canonical",
    "A text of the record holds a control character.");
  expect(normaliseText(text) === text, "canonical", "A text of the record is not in its one spelling.");
}

function spell(value, depth) {
  expect(depth <= MAX_DEPTH, "canonical", "The record is nested too deep.");
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    expect(Number.isSafeInteger(value), "canonical", "A number of the record is not an exact integer.");
    return String(value);
  }
  if (typeof value === "string") {
    checkText(value);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => spell(item, depth + 1)).join(",")}]`;
  const members = Object.keys(value).sort().map((key) => {
    expect(/^[\x20-\x7e]*$/.test(key), "canonical", "A key of the record is not printable ASCII.");
    return `${JSON.stringify(key)}:${spell(value[key], depth + 1)}`;
  });
  return `{${members.join(",")}}`;
}

/** The canonical text of a value, which is what is hashed and signed. */
export const canonicalText = (value) => spell(value, 0);

/** Read a canonical record; other bytes that JSON would read the same are refused. */
export function parseRecord(bytes) {
  const text = fromUtf8(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Fault("canonical", "The record is not JSON.");
  }
  expect(typeof value === "object" && value !== null && !Array.isArray(value), "canonical", "A record is a JSON object.");
  expect(spell(value, 0) === text, "canonical", "The record is not in canonical form.");
  return value;
}

// True where everybody may read the record (a test compares).
export const KINDS = {
  "society": true, "officer-key": true, "officer-key-loss": true, "bye-laws": true, "officer-holder": false, "enrolment": false,
  "register-opening": true, "admission": false, "admission-change": false, "admission-end": false,
  "import-open": true, "import-close": true, "late-entries": true, "voucher": false, "loan": false, "ledger-map": false, "governance-date": true, "statement": true, "erasure": true,
  "meeting": true, "roll": true, "resolution": true, "roll-change": false,
  "assistance": false, "ballot": false, "result": true,
  "policy": true, "alert": false, "triage": false, "application": true, "application-step": true,
  "office": true, "appointment": true, "appointment-end": true, "appointment-people": false, "hand-over": true, "federation-access": true,
  "abandonment": true, "log-closed": true, "log-key": true,
};

/** Read `sakshi/1 <kind> <time> <commitment>`. */
export function parseEntry(bytes) {
  const found = /^sakshi\/1 ([a-z][a-z-]{0,31}) ([0-9TZ:-]+) ([A-Za-z0-9+/=]+)$/.exec(fromUtf8(bytes));
  expect(found && found[0].length === bytes.length, "entry", "This is not a sakshi/1 entry.");
  return { kind: found[1], time: checkTime(found[2]), commitment: fromBase64Hash(found[3]) };
}

/** Check that record (and salt) are what the entry commits to; returns the parsed record. */
export function openEntry(entry, record, salt) {
  expect(Object.hasOwn(KINDS, entry.kind), "kind", `“${entry.kind}” is not a kind of record known here.`);
  const value = parseRecord(record);
  expect(value.kind === entry.kind, "kind", `The entry is a ${entry.kind}, the record says ${value.kind}.`);
  const isPublic = KINDS[entry.kind];
  expect(isPublic === (salt === undefined), "salt",
    isPublic ? "A public record has no salt." : "A private record cannot be checked without its salt.");
  expect(isPublic || salt.length === 32, "salt", "The salt of a private record has 32 bytes.");
  const commitment = isPublic ? sha256(record) : sha256(concat(utf8(`sakshi/1 private ${entry.kind}\n`), salt, record));
  expect(equal(commitment, entry.commitment), "commitment", "The record is not the one the entry commits to.");
  return value;
}
