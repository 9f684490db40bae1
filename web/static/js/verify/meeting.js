// A meeting's package, from the State's seal down to the count, recomputed here. What needs other
// files is not checked: the rule file's figures, and what the society's own log says.

import { equal, expect, fromBase64, fromBase64Hash, fromUtf8, hex, sha256, utf8 } from "./bytes.js";
import { checkHead, checkKey, checkOneHistory, checkState, checkValidity, glance, headFacts, stateFacts } from "./chain.js";
import { readArchive } from "./archive.js";
import { leafHash, rootOfLeaves } from "./merkle.js";
import { parsePolicy, prepare } from "./policy.js";
import { parseTlogProof } from "./prooffile.js";
import { canonicalText, openEntry, parseEntry, parseRecord } from "./record.js";
import { judge, tally } from "./replay.js";
import { runSteps } from "./steps.js";
import { decodeBundle } from "./tiles.js";

const VERSION = 2;
const NOT_OPEN = "not-open";
const NO_OFFICER = "ballot-not-an-officer";
const CHOICES = ["yes", "no", "abstain"];
const PAUSE = 50;

const need = (files, name) => {
  expect(files.has(name), "missing", `The package lacks the file ${name}.`);
  return files.get(name);
};

/** Read every entry and what opens it: [{index, kind, time, record or null}]. */
function readLog(files, head, logKey) {
  const raw = decodeBundle(need(files, "log/entries"), head.size);
  expect(equal(rootOfLeaves(raw.map(leafHash)), head.root), "root", "The entries do not give the root that the log has signed.");
  let before = "";
  return raw.map((bytes, index) => {
    const entry = parseEntry(bytes);
    expect(before <= entry.time, "time", `Entry ${index} is earlier than the one before it.`);
    before = entry.time;
    checkValidity(logKey, entry);
    return { index, kind: entry.kind, time: entry.time, record: openedBy(files, entry, index) };
  });
}

function openedBy(files, entry, index) {
  const document = files.get(`doc/${hex(entry.commitment)}`);
  if (document !== undefined) return openEntry(entry, document, undefined);
  const opening = files.get(`openings/${index}.json`);
  if (opening === undefined) return null;
  const { record, salt } = parseRecord(opening);
  return openEntry(entry, utf8(String(record)), fromBase64(String(salt)));
}

function checkBallot({ record, index }) {
  const { signatures, roll_number: roll, sequence } = record;
  const whole = (value) => Number.isSafeInteger(value) && value > 0 && value < 2 ** 31;
  const signature = ({ key, role, sig }) => typeof role === "string"
    && fromBase64(String(key)).length === 32 && fromBase64(String(sig)).length === 64;
  expect(whole(roll) && whole(sequence) && typeof record.assisted === "boolean" && CHOICES.includes(record.choice)
    && Array.isArray(signatures) && signatures.every(signature), "ballot", `Entry ${index} is no ballot.`);
}

/** Notice, resolutions, roll and results; all of one version. */
function readMeeting(entries, origin) {
  const of = (kind) => entries.filter((entry) => entry.kind === kind);
  for (const { kind, index, record } of entries) {
    const isPublic = !["ballot", "roll-change", "assistance"].includes(kind);
    expect(!isPublic || record !== null, "missing", `The document of entry ${index} is missing.`);
    const free = ["meeting", "ballot"].includes(kind);
    expect(record === null || free || record.meeting === origin, "origin", `Entry ${index} is of another meeting.`);
  }
  const [notice, ...more] = of("meeting");
  expect(notice?.index === 0 && more.length === 0 && notice.record.origin === origin, "notice", "The log does not begin with one notice of this meeting.");
  const rolls = of("roll");
  const roll = rolls.at(-1);
  expect(of("roll-change").every(({ index }) => index > (rolls[0]?.index ?? 0)), "roll", "A change of a key stands before the roll was drawn.");
  expect(roll !== undefined && roll.time < notice.record.opens, "roll", "There is no roll that was fixed before voting opened.");
  const results = of("result");
  expect(results.length > 0, "result", "There is no result yet.");
  expect([notice, roll, ...results].every(({ record }) => record.v === VERSION), "version",
    `Notice, roll and results are not all of version ${VERSION}, which this page knows.`);
  const resolutions = new Map(of("resolution").map(({ record, time }) => {
    expect(time < notice.record.opens, "resolution", "A resolution was put after voting had opened.");
    return [hex(sha256(utf8(canonicalText(record)))), record];
  }));
  return { notice: notice.record, roll: roll.record, results, resolutions };
}

/** The roll's lines by number. */
function readRoll(data, roll) {
  const documents = fromUtf8(data).split("\n");
  expect(documents.pop() === "", "roll", "The roll does not end in a line feed.");
  const root = rootOfLeaves(documents.map((line) => leafHash(utf8(line))));
  const lines = documents.map((line) => parseRecord(utf8(line)));
  const keys = lines.map(({ key }) => key).filter((key) => key !== null);
  expect(equal(root, fromBase64Hash(roll.root)) && lines.length === roll.count && keys.length === roll.with_key,
    "roll", "The roll's lines do not give the count and root that were sealed.");
  lines.forEach((line, at) => expect(line.kind === "roll-line" && line.v === VERSION && line.roll_number === at + 1,
    "roll", "The numbers of the roll do not run from 1 without a gap."));
  expect(new Set(keys).size === keys.length, "roll", "Two lines of the roll have the same key.");
  return new Map(lines.map((line) => [line.roll_number, line]));
}

/** Judge the ballots; `pause` lets the page breathe while thousands of signatures are checked. */
async function judgeAll(now, origin, pause) {
  const { notice, roll, results, resolutions } = now.meeting;
  const end = results[0].index;
  const poll = {
    origin, rollRoot: roll.root, opens: notice.opens, closes: notice.closes, resolutions: new Set(resolutions.keys()),
  };
  const events = now.entries.slice(0, end);
  const closed = events.find(({ kind, record }) => kind === "roll-change" && record === null);
  expect(closed === undefined, "hidden", `The change of a key at entry ${closed?.index} is not open in this package.`);
  events.filter(({ kind, record }) => kind === "ballot" && record !== null).forEach(checkBallot);
  const listed = results.flatMap(({ record }) => record.left_out);
  const denied = new Set(listed.filter(({ reason }) => reason === NO_OFFICER).map(({ index }) => index));
  const found = [];
  for (const one of judge(poll, now.lines, events, denied)) {
    found.push(one);
    if (found.length % PAUSE === 0) await pause();
  }
  return found;
}

/** What is left out must be what every result lists, index by index, with the same reason. */
function checkLeftOut(judged, results) {
  const found = judged.filter(({ reason }) => reason !== null).map(({ index, reason }) => `${index} ${reason}`);
  for (const { record } of results) {
    const said = record.left_out.map(({ index, reason }) => `${index} ${reason}`);
    const other = found.find((one) => !said.includes(one)) ?? said.find((one) => !found.includes(one));
    expect(other === undefined && said.join() === found.join(), "left-out",
      `The result leaves out other ballots, or for other reasons, than the rules do: ${other ?? "their order"}.`);
  }
  return found;
}

function checkCounts({ meeting, entries, judged }) {
  const { notice, roll, results, resolutions } = meeting;
  const counted = judged.filter(({ reason }) => reason === null).map(({ ballot }) => ballot);
  const present = new Set(counted.map((ballot) => ballot.roll_number)).size;
  const opened = entries.slice(0, results[0].index).filter(({ kind }) => kind === "assistance").length;
  const left = new Set(resolutions.keys());
  for (const { record, time } of results) {
    expect(left.delete(record.resolution), "result", "A result is of no resolution of this meeting, or of one that has two.");
    expect(record.closed >= notice.closes && record.closed <= time, "result", "A result was made before voting closed.");
    const votes = tally(counted.filter((ballot) => ballot.resolution === record.resolution));
    const want = {
      for: votes.yes, against: votes.no, abstained: votes.abstain, accepted: votes.accepted, superseded: votes.superseded,
      assisted: votes.assisted, present, opened, members: roll.count, from_opening: roll.from_opening,
      held_on: notice.held_on, rules: notice.rules, quorate: present >= record.quorum,
      carried: record.carried && present >= record.quorum && votes.yes > 0,
      voted: record.voted === votes.yes + votes.no + votes.abstain ? record.voted : votes.yes + votes.no,
    };
    for (const [name, value] of Object.entries(want)) {
      expect(record[name] === value, "count", `${name}: the result says ${record[name]}, the count gives ${value}.`);
    }
  }
  expect(left.size === 0, "result", `${left.size} resolutions have no result.`);
}

function checkClose({ entries, meeting }) {
  const end = meeting.results[0].index;
  const late = entries.slice(end).find(({ kind }) => kind !== "result" && kind !== "erasure");
  expect(late === undefined, "close", `Entry ${late?.index} was sealed after the close.`);
}

/**
 * All steps over a meeting's package.
 * Gives what runSteps gives, and `decided`: all is right, and no ballot was left out that nobody
 * can open, for such a ballot may have been a good one.
 * `subject`: {origin} of the log that the reader asked for; `pause()` is awaited now and then.
 */
export async function checkMeeting(bytes, policyText, subject, tell, pause = async () => {}) {
  const done = await runSteps([
    ["package", async (now) => {
      now.policy = parsePolicy(policyText);
      await prepare(now.policy);
      now.files = readArchive(bytes);
      const about = parseRecord(need(now.files, "package.json"));
      expect(about.kind === "meeting" && about.origin === subject.origin, "origin", "This is the package of another log.");
    }],
    ["state", (now) => {
      const text = (name) => fromUtf8(need(now.files, name));
      now.keyProof = parseTlogProof(text("state/key.tlog-proof"));
      const { size } = glance(need(now.files, "log/checkpoint"));
      now.headProof = parseTlogProof(text(`state/heads/${size}.tlog-proof`));
      now.state = checkState(now.policy, now.keyProof.note);
      now.stateOfHead = checkState(now.policy, now.headProof.note);
      checkOneHistory(now.state, now.stateOfHead);
      return stateFacts(now.stateOfHead);
    }],
    ["meeting_key", (now) => {
      const { index, path } = now.keyProof;
      now.logKey = checkKey(need(now.files, "state/key-entry"), need(now.files, "state/key-record"), index, path, now.state);
      return { key: now.logKey.key.text };
    }],
    ["meeting_head", (now) => {
      const { index, path } = now.headProof;
      now.head = checkHead(need(now.files, "log/checkpoint"), now.logKey, index, path, now.stateOfHead);
      expect(now.head.origin === subject.origin, "origin", "The head is of another log.");
      return headFacts(now.head);
    }],
    ["meeting_log", (now) => {
      now.entries = readLog(now.files, now.head, now.logKey);
      now.meeting = readMeeting(now.entries, subject.origin);
    }],
    ["roll", (now) => {
      now.lines = readRoll(need(now.files, "roll"), now.meeting.roll);
      return { size: String(now.lines.size) };
    }],
    ["ballots", async (now) => {
      now.judged = await judgeAll(now, subject.origin, pause);
      now.leftOut = checkLeftOut(now.judged, now.meeting.results);
      return { counted: String(now.judged.length - now.leftOut.length), left_out: now.leftOut.join(", ") };
    }],
    ["count", (now) => {
      checkClose(now);
      checkCounts(now);
    }],
  ], tell);
  return { ...done, decided: done.ok && unseen(done.context).closed === 0 };
}

/** How the ballots of one number are counted: the choice by the number of the resolution. */
export function countedOf({ judged, meeting }, rollNumber) {
  const mine = judged.filter(({ reason, ballot }) => reason === null && ballot.roll_number === rollNumber);
  return new Map(mine.map(({ ballot }) => [meeting.resolutions.get(ballot.resolution).number, ballot.choice]));
}

/** What a package of this meeting could not show here, for the page to say. */
export function unseen({ judged }) {
  return {
    closed: judged.filter(({ reason }) => reason === NOT_OPEN).length,
    assisted: judged.some(({ reason, ballot }) => reason === NO_OFFICER || (reason === null && ballot.assisted)),
  };
}
