// A package: its files, who it is about, and its entries.
import { need, seconds, base64, sha256, utf8, Wrong } from "./bytes.mjs";
import { parseCheckpoint } from "./note.mjs";
import { parseCanonical } from "./record.mjs";
import { Missing } from "./report.mjs";
import { leafHash } from "./tree.mjs";
import { readPackage } from "./zip.mjs";

export class Package {
  constructor(name, bytes) {
    this.name = name;
    this.files = readPackage(bytes);
    this.used = new Set(["MANIFEST", "policy"]);
    const made = parseCanonical(this.get("package.json"));
    const members = Object.keys(made).join(" ");
    need(members === "format kind origin state subject", "package.json has other members");
    need(made.format === "sakshi-package/1", "package.json has another format");
    Object.assign(this, { kind: made.kind, origin: made.origin });
    Object.assign(this, { state: made.state, subject: made.subject });
    const place = placeOf(this.origin);
    Object.assign(this, { host: place.host, place });
    const type = { society: "coop", meeting: "meeting" }[this.kind];
    need(type === place.type, "package.json: kind and origin do not agree");
    need(place.subject === this.subject, "package.json: subject and origin do not agree");
    const state = placeOf(this.state);
    need(state.type === "state" && state.host === this.host, "package.json: no such state log");
  }

  has(name) {
    return this.files.has(name);
  }

  get(name) {
    if (!this.files.has(name)) throw new Missing(`${this.name ?? ""} ${name}`);
    this.used.add(name);
    return this.files.get(name);
  }

  /** The names below a folder. */
  below(folder) {
    return [...this.files.keys()].filter((name) => name.startsWith(folder));
  }

  unused() {
    return [...this.files.keys()].filter((name) => !this.used.has(name));
  }
}

/** The parts of an origin; yearly logs in the order of `rank`. */
export function placeOf(origin) {
  const [host, type, ...rest] = String(origin).split("/");
  const yearly = { coop: 2, oversight: 1, state: 1 }[type];
  need(host && (yearly ?? 1) === rest.length && rest[0], `not an origin: ${origin}`);
  if (yearly === undefined) {
    need(type === "meeting" || type === "election", `not an origin: ${origin}`);
    return { host, type, subject: rest[0], rank: 0 };
  }
  const found = /^(\d{4})-(\d\d)(?:\.([2-9]|[1-9]\d+))?$/.exec(rest[yearly - 1]);
  const year = Number(found?.[1]);
  need(found && (year + 1) % 100 === Number(found[2]), `not a log year: ${origin}`);
  const subject = yearly === 2 ? rest[0] : null;
  return { host, type, subject, year, rank: year * 10000 + Number(found[3] ?? 1) };
}

/** The first second of a log year and the first of the next: 1 April 00:00 in India. */
export function yearOf(place) {
  const first = (year) => seconds(`${year}-04-01T00:00:00Z`) - 19800;
  return [first(place.year), first(place.year + 1)];
}

/** One entry: a `sakshi/1` line, or a note. */
export function parseEntry(bytes) {
  const text = utf8(bytes);
  const line = /^sakshi\/1 ([a-z][a-z-]{0,31}) (\S+) (\S+)$/.exec(text);
  if (line && !text.endsWith("\n")) {
    const [, kind, at, commitment] = line;
    return { kind, at, time: seconds(at), commitment: base64(commitment, 32), bytes };
  }
  need(!text.startsWith("{"), "a Belenios event outside an election");
  need(!text.startsWith("sakshi/1"), "an entry line is not as it must be");
  return { note: parseCheckpoint(bytes), bytes };
}

/** Split `log/entries`: two bytes of length and so many bytes, again and again. */
export function parseBundle(bytes) {
  const entries = [];
  for (let at = 0; at < bytes.length; ) {
    need(at + 2 <= bytes.length, "log/entries ends within an entry");
    const length = bytes.readUInt16BE(at);
    need(at + 2 + length <= bytes.length, "log/entries ends within an entry");
    const entry = bytes.subarray(at + 2, at + 2 + length);
    try {
      entries.push({ ...parseEntry(entry), index: entries.length, leaf: leafHash(entry) });
    } catch (error) {
      throw new Wrong(`entry ${entries.length}: ${error.message}`);
    }
    at += 2 + length;
  }
  return entries;
}

/** A public entry of that kind and its document, both given as files. */
export function documentOf(kinds, entryBytes, recordBytes, kind) {
  const entry = parseEntry(entryBytes);
  need(entry.kind === kind, `an entry of the kind ${entry.kind} in place of ${kind}`);
  need(entry.commitment.equals(sha256(recordBytes)), `the record does not open the ${kind} entry`);
  return { entry, record: kinds.check(parseCanonical(recordBytes), kind) };
}
