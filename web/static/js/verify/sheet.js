// What can be seen of a sheet beyond its seal: last year's column beside the document it names, what
// came into its log after the figures were taken, who signed. What vouchers say is private: how many
// came can be seen here, and not what they move.

import { equal, expect, Fault, fromHex, hex, sha256 } from "./bytes.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { KINDS, openEntry, parseEntry, parseRecord } from "./record.js";
import { LogReader } from "./tiles.js";

/** Entries that are read after the figures; the rest is said not to have been read. */
export const MOST = 768;

const COMPARATIVE = 9;
const SIDES = 7;
const RANK = ["green", "amber", "red"];
const finding = (code, colour, places = {}) => ({ code, colour, places });

/** The colour of the worst of some findings. */
export const worst = (found) => RANK[Math.max(0, ...found.map(({ colour }) => RANK.indexOf(colour)))];

/** The day in India of a UTC time. */
export const dayInIndia = (time) => new Date(Date.parse(time) + 5.5 * 3_600_000).toISOString().slice(0, 10);

const before = (year) => {
  const first = Number(year.slice(0, 4));
  return `${first - 1}-${String(first % 100).padStart(2, "0")}`;
};
const amounts = (record, column) => new Map(record.lines.map((line) => [line.id, line[column] ?? 0]));
const shows = (record) => record.lines.some(({ prior }) => prior !== null);

/** Last year's column against the sheet filed last year, both figures of each line that differs. */
export function comparePrior(record, earlier) {
  const year = record.book_year;
  const held = { year, before: before(year) };
  if (earlier === null) return shows(record) ? [finding("prior-unfiled", "green", held)] : [];
  if (!shows(record)) return [finding("prior-missing", "red", held)];
  const [filed, shown] = [amounts(earlier, "paise"), amounts(record, "prior")];
  return [...new Set([...filed.keys(), ...shown.keys()])]
    .map((line) => [line, filed.get(line) ?? 0, shown.get(line) ?? 0])
    .filter(([, one, other]) => one !== other)
    .map(([line, one, other]) => finding("prior-differs", "red", { ...held, line, filed: one, shown: other }));
}

async function prior({ record }, subject, get) {
  if (record.previous === null) return comparePrior(record, null);
  const bytes = await get(subject.earlier, `doc/${record.previous}`);
  expect(equal(sha256(bytes), fromHex(record.previous, 32)), "fingerprint",
    "The document of the year before does not have the fingerprint that the sheet names.");
  const earlier = parseRecord(bytes);
  const fits = earlier.kind === "statement" && earlier.society === record.society && earlier.book_year === before(record.book_year);
  expect(fits, "previous", "The document that the sheet names is not the society's sheet of the year before.");
  return comparePrior(record, earlier);
}

/** Whether a sheet is of its day: the last of its year, or another with the order that is its reason. */
function lookAtDay(record, { firstDay, lastDay }, filed) {
  const held = { year: record.book_year, as_of: record.as_of, last: lastDay };
  const found = [];
  if (record.as_of < firstDay || record.as_of > lastDay) found.push(finding("as-of-outside", "red", held));
  if (record.as_of > filed) found.push(finding("as-of-ahead", "red", { ...held, filed_on: filed }));
  const regular = record.as_of === lastDay;
  if (!record.reason) return regular ? found : [...found, finding("as-of", "red", held)];
  const ordered = { ...held, ...record.reason, filed_on: filed };
  if (regular) return [...found, finding("reason-needless", "red", held)];
  return [...found, record.reason.ordered_on > filed ? finding("order-ahead", "red", ordered) : finding("as-of-reason", "green", ordered)];
}

/**
 * Offices that did not sign, the day of the sheet, and the faults that were open at filing.
 * `filed` is the day in India on which it was sealed.
 */
export function lookAtRecord(record, subject, filed) {
  const year = record.book_year;
  const signed = record.signatures.map(({ role }) => role);
  const found = subject.roles.filter((role) => !signed.includes(role)).map((role) => (record.v === 1
    ? finding("signature-one", "green", { year, role }) : finding("signature-missing", "red", { year, role })));
  found.push(...lookAtDay(record, subject, filed));
  const open = new Map((record.open_checks ?? []).map((one) => [`${one.number} ${one.code}`, one]));
  if (record.totals.assets !== record.totals.liabilities) open.set(`${SIDES} sides-differ`, { number: SIDES, code: "sides-differ" });
  for (const { number, code } of open.values()) {
    if (number !== COMPARATIVE) found.push(finding("open-check", code === "late-entry" ? "amber" : "red", { year, number, fault: code }));
  }
  return found;
}

async function readAfter(now, subject, get) {
  const log = new LogReader(now.head.size, (path) => get(subject.origin, path));
  const stop = Math.min(now.head.size, now.record.book_size + MOST);
  const read = [];
  for (const [index, bytes] of await log.entries(now.record.book_size, stop)) {
    verifyInclusion(leafHash(bytes), index, now.head.size, await log.inclusion(index), now.head.root);
    const entry = parseEntry(bytes);
    if (index !== subject.at.entry) read.push({ entry, bytes });
  }
  return { read, left: now.head.size - stop };
}

const WANTED = new Set(["import-open", "import-close", "statement", "late-entries"]);

/** What the public entries after the figures say; `after`: [{ entry, record|null }] in their order. */
export function lookAfter(record, sha256Hex, after, left) {
  const year = record.book_year;
  const years = new Map();
  const came = new Map();
  const found = [];
  for (const { entry, record: said } of after) {
    if (entry.kind === "import-open") years.set(said.import, said.book_year);
    if (entry.kind === "import-close" && said.outcome === "posted") {
      const of = years.get(said.import);
      if (of) came.set(of, (came.get(of) ?? 0) + said.posted);
    }
    if (entry.kind === "import-close" && said.outcome === "void") found.push(finding("later-void", "amber", { year }));
    if (entry.kind === "statement" && said.supersedes === sha256Hex) found.push(finding("replaced", "amber", { year, day: entry.time }));
    if (entry.kind === "late-entries" && said.statement === sha256Hex) {
      found.push(finding("late-reason", "green", { year, day: entry.time, reason: said.reason }));
    }
  }
  const count = (kind) => after.filter(({ entry }) => entry.kind === kind).length;
  for (const of of [year, before(year)]) {
    if (came.get(of)) found.unshift(finding("later-imports", "amber", { year, of, count: came.get(of) }));
  }
  if (count("voucher")) found.push(finding("late-closed", "green", { year, count: count("voucher") }));
  if (count("erasure")) found.push(finding("later-erased", "amber", { year, count: count("erasure") }));
  if (left) found.push(finding("later-unread", "amber", { year, count: left }));
  return found;
}

async function later(now, subject, get) {
  expect(now.record.origin === subject.origin, "origin", "The sheet rests on another log than the one it stands in.");
  const { read, left } = await readAfter(now, subject, get);
  const after = [];
  for (const { entry, bytes } of read) {
    expect(Object.hasOwn(KINDS, entry.kind), "kind", `“${entry.kind}” is not a kind of record known here.`);
    const document = WANTED.has(entry.kind) ? await get(subject.origin, `doc/${hex(entry.commitment)}`) : null;
    after.push({ entry, bytes, record: document && openEntry(entry, document, undefined) });
  }
  return lookAfter(now.record, subject.document, after, left);
}

const STATES = { green: "right", amber: "told", red: "wrong" };

/**
 * Look at a sheet whose seal was checked; `now` is the context of that check.
 * `subject` has { earlier (origin of the log of the sheet before), roles, lastDay } beside the rest.
 * Gives findings; a step that could not be done is one, for it is never right because of that.
 */
export async function lookAtSheet(now, subject, get, tell) {
  const all = lookAtRecord(now.record, subject, dayInIndia(now.entry.time));
  for (const [id, look] of [["prior", prior], ["later", later]]) {
    tell(id, "pending", {}, null);
    try {
      const found = await look(now, subject, get);
      all.push(...found);
      tell(id, STATES[worst(found)], {}, null);
    } catch (fault) {
      const proven = fault instanceof Fault;
      all.push(finding(`unseen-${id}`, proven ? "red" : "amber", { year: now.record.book_year }));
      tell(id, proven ? "wrong" : "told", {}, fault);
    }
  }
  return all.sort((one, other) => RANK.indexOf(other.colour) - RANK.indexOf(one.colour));
}
