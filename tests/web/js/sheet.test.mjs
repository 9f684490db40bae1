// Run by tests/web/js/test_verify_modules.py: what the browser finds about a sheet beside its seal.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const modules = process.env.SAKSHI_JS;
const load = (name) => import(pathToFileURL(`${modules}/${name}`).href);
const world = JSON.parse(readFileSync(process.env.SAKSHI_WORLD, "utf8"));
const { comparePrior, lookAfter, lookAtRecord, lookAtSheet, worst } = await load("sheet.js");
const { sentence } = await load("../told.js");
const { sha256, hex, utf8 } = await load("bytes.js");

const line = (id, paise, prior) => ({ id, paise, prior });
const sheet = (changes = {}) => ({
  v: 2, kind: "statement", society: "k-1", book_year: "2025-26", as_of: "2026-03-31", reason: null, origin: "o",
  book_size: 3, previous: null, open_checks: [], signatures: [{ role: "secretary" }, { role: "president" }],
  lines: [line("L1a", 500, 400), line("A9", 500, 400)], totals: { assets: 500, liabilities: 500, profit: 0 }, ...changes,
});
const last = { book_year: "2024-25", lines: [line("L1a", 400, null), line("A9", 400, null)] };
const page = { roles: ["secretary", "president"], firstDay: "2025-04-01", lastDay: "2026-03-31" };
const FILED = "2026-06-01";
const codes = (found) => found.map(({ code, colour }) => `${code} ${colour}`);

test("last year's column is compared line by line, lines left out too", () => {
  assert.deepEqual(comparePrior(sheet(), last), []);
  const other = { ...last, lines: [line("L1a", 390, null), line("A9", 400, null), line("L2", 10, null)] };
  const found = comparePrior(sheet(), other);
  assert.deepEqual(found.map(({ places }) => [places.line, places.filed, places.shown]), [["L1a", 390, 400], ["L2", 10, 0]]);
  assert.equal(worst(found), "red");
  assert.deepEqual(codes(comparePrior(sheet({ lines: [line("L1a", 5, null)] }), last)), ["prior-missing red"]);
  assert.deepEqual(codes(comparePrior(sheet(), null)), ["prior-unfiled green"]);
  assert.deepEqual(comparePrior(sheet({ lines: [line("L1a", 5, null)] }), null), []);
});

test("the sheet's own day, signatures and open faults are told", () => {
  assert.deepEqual(lookAtRecord(sheet(), page, FILED), []);
  const one = [{ role: "secretary" }];
  assert.deepEqual(codes(lookAtRecord(sheet({ signatures: one }), page, FILED)), ["signature-missing red"]);
  assert.deepEqual(codes(lookAtRecord(sheet({ v: 1, signatures: one }), page, FILED)), ["signature-one green"]);
  assert.deepEqual(codes(lookAtRecord(sheet({ as_of: "2025-12-31" }), page, FILED)), ["as-of red"]);
  const reason = { ground: "merger", reference: "12", ordered_on: "2025-12-01" };
  assert.deepEqual(codes(lookAtRecord(sheet({ as_of: "2025-12-31", reason }), page, FILED)), ["as-of-reason green"]);
  const later = { ...reason, ordered_on: "2026-07-01" };
  assert.deepEqual(codes(lookAtRecord(sheet({ as_of: "2025-12-31", reason: later }), page, FILED)), ["order-ahead red"]);
  assert.deepEqual(codes(lookAtRecord(sheet({ reason }), page, FILED)), ["reason-needless red"]);
  assert.deepEqual(codes(lookAtRecord(sheet(), page, "2026-03-30")), ["as-of-ahead red"]);
  assert.deepEqual(codes(lookAtRecord(sheet({ as_of: "2027-01-01" }), page, "2027-06-01")), ["as-of-outside red", "as-of red"]);
  const open_checks = [{ number: 12, code: "suspense" }, { number: 17, code: "late-entry" }, { number: 9, code: "prior-differs" }];
  assert.deepEqual(codes(lookAtRecord(sheet({ open_checks }), page, FILED)), ["open-check red", "open-check amber"]);
  const totals = { assets: 5, liabilities: 4, profit: 0 };
  assert.deepEqual(codes(lookAtRecord(sheet({ totals }), page, FILED)), ["open-check red"]);
});

const at = (kind, record = null) => ({ entry: { kind, time: "2026-07-01T20:00:00Z" }, record });

test("what came after the figures is told as far as public entries tell", () => {
  assert.deepEqual(lookAfter(sheet(), "h", [], 0), []);
  const later = [
    at("import-open", { import: "i", book_year: "2025-26" }), at("voucher"), at("voucher"),
    at("import-close", { import: "i", outcome: "posted", posted: 2 }),
    at("import-open", { import: "j", book_year: "2026-27" }), at("voucher"),
    at("import-close", { import: "j", outcome: "posted", posted: 1 }),
  ];
  const found = lookAfter(sheet(), "h", later, 0);
  assert.deepEqual(codes(found), ["later-imports amber", "late-closed green"]);
  assert.deepEqual(found.map(({ places }) => places.count), [2, 3]);
  assert.deepEqual(codes(lookAfter(sheet(), "h", [at("statement", { supersedes: "h" })], 0)), ["replaced amber"]);
  assert.deepEqual(lookAfter(sheet(), "h", [at("statement", { supersedes: "x" })], 0), []);
  assert.deepEqual(codes(lookAfter(sheet(), "h", [at("late-entries", { statement: "h", reason: "r" })], 0)), ["late-reason green"]);
  assert.deepEqual(codes(lookAfter(sheet(), "h", [at("erasure")], 9)), ["later-erased amber", "later-unread amber"]);
  assert.deepEqual(codes(lookAfter(sheet(), "h", [at("import-close", { import: "k", outcome: "void" })], 0)), ["later-void amber"]);
});

test("what cannot be seen is never right, and a document that does not fit is wrong", async () => {
  const previous = hex(sha256(utf8("{}")));
  const subject = { ...page, origin: "o", earlier: "o", document: "h", at: { entry: 3 } };
  const look = async (get) => {
    const states = {};
    const now = { record: sheet({ previous }), head: { size: 3, root: null }, entry: { time: "2026-06-01T08:00:00Z" } };
    const found = await lookAtSheet(now, subject, get, (id, state) => { states[id] = state; });
    return [states, codes(found)];
  };
  const silent = await look(async () => { throw new Error("404"); });
  assert.deepEqual(silent, [{ prior: "told", later: "right" }, ["unseen-prior amber"]]);
  for (const bytes of ["{}", "{ }"]) {
    assert.deepEqual(await look(async () => utf8(bytes)), [{ prior: "wrong", later: "right" }, ["unseen-prior red"]]);
  }
});

test("a finding is told in the words of the server", () => {
  globalThis.CSS = { escape: (text) => text };
  globalThis.document = { querySelector: () => ({ textContent: "Cash" }) };
  for (const { code, places, words, said } of world.sentences) {
    const shelf = { querySelector: (asked) => {
      const name = /data-say="(.*)"/.exec(asked)[1];
      return name in words ? { textContent: words[name] } : undefined;
    } };
    assert.equal(sentence(shelf, { code, places }), said);
  }
  assert.ok(world.sentences.length >= 8);
});
