// What the ballot pages share, under node: the digest of the text shown, and one length for every request.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const cases = JSON.parse(readFileSync(process.env.SAKSHI_BALLOTS, "utf-8"));
const { about, digestOf, inTurn, padded, shownResolution } = await import(`${process.env.SAKSHI_JS}/ballot-paper.js`);

/** A page that shows one resolution. */
function page(record) {
  const note = { hidden: true };
  const texts = { en: record.text_en, ml: record.text_ml };
  const place = {
    dataset: { number: String(record.number), majority: record.majority, quorum: record.quorum },
    querySelector: (wanted) => ({ textContent: texts[/"(..)"/.exec(wanted)[1]] }),
  };
  return { note, querySelector: (wanted) => (wanted === "[data-resolution]" ? place : note) };
}

test("the digest of the text shown is that of the sealed resolution", () => {
  for (const { record, digest } of cases.resolutions) {
    assert.equal(digestOf(record), digest);
    assert.equal(shownResolution(page(record), record.meeting), digest);
  }
});

test("a text that is not the sealed one is signed by nobody", () => {
  const [{ record, digest }] = cases.resolutions;
  const draft = { meeting: record.meeting, resolution: digest, choice: "yes" };
  const right = page(record);
  assert.equal(about(right, draft).resolution, digest);
  assert.equal(right.note.hidden, false);
  for (const change of [{ text_en: `${record.text_en} ` }, { text_ml: "മറ്റൊന്ന്" }, { number: 9 }, { majority: "none" }]) {
    assert.throws(() => about(page({ ...record, ...change }), draft), { code: "resolution-other" });
  }
});

test("every request has one length, and the server reads the same ballot from it", () => {
  const lengths = new Set(cases.ballots.map((ballot) => new TextEncoder().encode(padded(ballot)).length));
  assert.equal(lengths.size, 1, [...lengths].join(", "));
  for (const ballot of cases.ballots) assert.deepEqual(JSON.parse(padded(ballot)), ballot);
  assert.throws(() => padded({ long: "x".repeat(3000) }), { code: "ballot-length" });
});

test("a sequence that somebody used first is passed over, and no other refusal is", async () => {
  const used = (problem) => Object.assign(new Error("refused"), { problem });
  const tried = [];
  const cast = async ({ sequence, choice }) => {
    tried.push(sequence);
    if (sequence < 4) throw used("/problems/ballot-replayed");
    return choice;
  };
  assert.equal(await inTurn({ sequence: 2, choice: "no" }, cast), "no");
  assert.deepEqual(tried, [2, 3, 4]);
  let refusals = 0;
  const closed = async () => { refusals += 1; throw used("/problems/ballot-after-close"); };
  await assert.rejects(inTurn({ sequence: 1 }, closed), { problem: "/problems/ballot-after-close" });
  assert.equal(refusals, 1);
  let replays = 0;
  const never = async () => { replays += 1; throw used("/problems/ballot-replayed"); };
  await assert.rejects(inTurn({ sequence: 1 }, never), { problem: "/problems/ballot-replayed" });
  assert.equal(replays, 51);
});
