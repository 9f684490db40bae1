// Canonical records, and the members that docs/formats/kinds.md gives to each kind and version.
import { base64, dayNumber, ed25519, need, seconds, utf8, Wrong } from "./bytes.mjs";

/** What the table of section 1 has on the left: no text of a record holds one of these. */
const REWRITTEN = new RegExp(
  "[\\u0d23\\u0d28\\u0d30\\u0d32\\u0d33\\u0d15]\\u0d4d\\u200d|\\u0d7b\\u0d4d\\u0d31|\\u0d4c",
);

function checkText(text) {
  need(!/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(text), "a control character in a text");
  need(text.isWellFormed?.() ?? !/\p{Surrogate}/u.test(text), "a lone surrogate in a text");
  need(text.normalize("NFC") === text && !REWRITTEN.test(text), "a text that is not normalised");
}

const quoted = (text) =>
  `"${text.replace(/["\\\n]/g, (sign) => (sign === "\n" ? "\\n" : `\\${sign}`))}"`;

/** The one canonical spelling of a value. */
export function canonical(value, depth = 1) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    need(Number.isSafeInteger(value), "a number that is no integer within 2^53-1");
    return String(value);
  }
  if (typeof value === "string") {
    checkText(value);
    return quoted(value);
  }
  need(depth <= 16, "nested more than 16 deep");
  if (Array.isArray(value)) return `[${value.map((v) => canonical(v, depth + 1)).join(",")}]`;
  const parts = Object.keys(value).sort().map((key) => {
    need(/^[\u0020-\u007e]*$/.test(key), "a member name that is not ASCII");
    return `${quoted(key)}:${canonical(value[key], depth + 1)}`;
  });
  return `{${parts.join(",")}}`;
}

/** Parse bytes that must be exactly the canonical form of one object. */
export function parseCanonical(bytes) {
  need(bytes.length <= 4_000_000, "a record of more than 4,000,000 bytes");
  const text = utf8(bytes);
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Wrong("not JSON");
  }
  need(value !== null && typeof value === "object" && !Array.isArray(value), "not one object");
  need(canonical(value) === text, "not in canonical form");
  return value;
}

const number = (text) => {
  const value = { "2^53-1": 2 ** 53 - 1, "-(2^53-1)": 1 - 2 ** 53, "2^31-1": 2 ** 31 - 1 }[text];
  const found = value ?? Number(text);
  if (!Number.isSafeInteger(found)) throw new Error(`kinds page: the number ${text}`);
  return found;
};
const isText = (most) => (v) => typeof v === "string" && [...v].length <= most;
const isWhole = (v) => Number.isSafeInteger(v);
const holds = (check) => (v) => {
  try {
    check(v);
    return true;
  } catch {
    return false;
  }
};

/** A function that tells whether a value is of a type, from the words of the kinds page. */
function typeOf(words) {
  let found;
  if (words.endsWith("; or null")) {
    const inner = typeOf(words.slice(0, -"; or null".length));
    return (v) => v === null || inner(v);
  }
  if ((found = /^list of at most (\d+), each: (.*)$/.exec(words))) {
    const [most, inner] = [Number(found[1]), typeOf(found[2])];
    return (v) => Array.isArray(v) && v.length <= most && v.every(inner);
  }
  if ((found = /^`([^`]*)`$/.exec(words))) return (v) => v === found[1];
  if ((found = /^the number (\d+)$/.exec(words))) return (v) => v === Number(found[1]);
  if (words.startsWith("one of ")) {
    const choices = [...words.matchAll(/`([^`]*)`/g)].map((one) => one[1]);
    return (v) => choices.includes(v);
  }
  if ((found = /^text, at most (\d+) characters$/.exec(words))) return isText(Number(found[1]));
  if ((found = /^slug: .*at most (\d+) characters$/.exec(words))) {
    const most = Number(found[1]);
    return (v) => isText(most)(v) && /^[a-z0-9][a-z0-9-]*$/.test(v);
  }
  if ((found = /^word: .*at most (\d+) characters$/.exec(words))) {
    const most = Number(found[1]);
    return (v) => isText(most)(v) && /^[a-z][a-z0-9-]*$/.test(v);
  }
  if ((found = /^base64 of (\d+) bytes$/.exec(words))) {
    const length = Number(found[1]);
    return (v) => typeof v === "string" && holds(() => base64(v, length))();
  }
  if ((found = /^whole number, (\S+) to (\S+)$/.exec(words))) {
    const [least, most] = [number(found[1]), number(found[2])];
    return (v) => isWhole(v) && v >= least && v <= most;
  }
  if (words === "true or false") return (v) => typeof v === "boolean";
  if (words.startsWith("financial year")) {
    return (v) => typeof v === "string" && isYear(v);
  }
  if (words.startsWith("date,")) return (v) => typeof v === "string" && holds(dayNumber)(v);
  if (words.startsWith("time,")) return (v) => typeof v === "string" && holds(seconds)(v);
  if (words === "64 hex digits, lower case") {
    return (v) => typeof v === "string" && /^[0-9a-f]{64}$/.test(v);
  }
  if (words.startsWith("object with free names")) {
    const flat = (x) => x === null || ["string", "number", "boolean"].includes(typeof x);
    return (v) => isObject(v) && Object.values(v).every(flat);
  }
  if (words === "object") return isObject;
  throw new Error(`kinds page: a type this program does not know: ${words}`);
}

const isObject = (v) => v !== null && typeof v === "object" && !Array.isArray(v);
export const isYear = (text) =>
  /^\d{4}-\d\d$/.test(text) && (Number(text.slice(0, 4)) + 1) % 100 === Number(text.slice(5));

/** The registry of kinds: `kind version` to its log, whether it is public, and its members. */
export class Kinds {
  constructor(page) {
    this.records = new Map();
    let [log, record] = [null, null];
    for (const line of page.split("\n")) {
      let found;
      if ((found = /^## Entries of the log `([a-z]+)`$/.exec(line))) log = found[1];
      else if (line === "## Entries of every yearly log") log = "yearly";
      else if (line.startsWith("## ")) log = null;
      else if ((found = /^### `([a-z-]+)` (\d+)$/.exec(line))) {
        record = { log, open: null, members: [] };
        this.records.set(`${found[1]} ${found[2]}`, record);
      } else if (/ Public\.$/.test(line)) record.open = true;
      else if (/ Private\. /.test(line)) record.open = false;
      else if (record && (found = /^\| `([a-z_[\].]+)` \| (.*?) \| .* \|$/.exec(line))) {
        record.members.push(member(found[1], found[2]));
      }
    }
    this.entries = new Map();
    for (const [name, { log: at, open }] of this.records) {
      if (at !== null) this.entries.set(name.split(" ")[0], { log: at, public: open });
    }
  }

  /** Compare an object with the members of its kind and version. */
  check(value, kind) {
    need(value.kind === kind, `a record of the kind ${value.kind} in place of ${kind}`);
    const record = this.records.get(`${kind} ${value.v}`);
    need(record, `no version ${value.v} of the kind ${kind} is known`);
    level(value, record.members, "", kind);
    return value;
  }
}

function member(name, words) {
  const mark = "; may be left out";
  const optional = words.endsWith(mark);
  return { name, optional, is: typeOf(optional ? words.slice(0, -mark.length) : words) };
}

/** Check one object, and the objects in it, against the members whose names begin so. */
function level(value, members, prefix, kind) {
  const here = members.filter(({ name }) => {
    const rest = name.slice(prefix.length);
    return name.startsWith(prefix) && rest !== "" && !/[.[]/.test(rest);
  });
  for (const { name, optional, is } of here) {
    const key = name.slice(prefix.length);
    if (!Object.hasOwn(value, key)) {
      need(optional, `${kind}: the member ${name} is missing`);
      continue;
    }
    need(is(value[key]), `${kind}: the member ${name} is not as it must be`);
    if (members.some((m) => m.name.startsWith(`${name}[].`))) {
      for (const item of value[key]) level(item, members, `${name}[].`, kind);
    } else if (value[key] !== null && members.some((m) => m.name.startsWith(`${name}.`))) {
      level(value[key], members, `${name}.`, kind);
    }
  }
  const known = new Set(here.map(({ name }) => name.slice(prefix.length)));
  for (const key of Object.keys(value)) need(known.has(key), `${kind}: no member ${prefix}${key}`);
}

/** Which signatures of a record of people verify; section 5 of docs/formats.md. */
export function signaturesRight(record, kind, origin) {
  const { signatures, ...rest } = record;
  const message = Buffer.from(`sakshi/1 sign ${kind}\n${origin}\n${canonical(rest)}`);
  return signatures.every(({ key, sig }) => ed25519(base64(key), message, base64(sig)));
}

export function sortedOnce(signatures) {
  return signatures.every(({ key }, i) => i === 0 || signatures[i - 1].key < key);
}
