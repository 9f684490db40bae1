// A published document checked against the server's own tiles, with a policy that the server cannot
// change unseen. `get(origin, path)` fetches bytes below a log's prefix. The positions `at.entry`,
// `at.key` and `at.head` come from the server as hints: a wrong one makes a step fail, never pass.

import { equal, expect, fromHex, hex, sha256 } from "./bytes.js";
import { checkEntry, checkHead, checkKey, checkState, checkValidity, glance, headFacts, stateFacts } from "./chain.js";
import { leafHash, verifyConsistency } from "./merkle.js";
import { checkUnchanged, parsePolicy, pinnedKey, prepare } from "./policy.js";
import { openEntry, parseEntry } from "./record.js";
import { runSteps } from "./steps.js";
import { LogReader } from "./tiles.js";

/** The figures shown on a page, compared one by one with those of the document. */
export function compareFigures(record, shown) {
  const written = record.lines.map(({ id, paise, prior }) => [id, paise, prior]);
  const totals = ["assets", "liabilities", "profit"].map((name) => [`total-${name}`, record.totals[name], null]);
  const document = new Map([...written, ...totals].map(([id, paise, prior]) => [id, `${paise}/${prior}`]));
  expect(document.size === written.length + totals.length, "figures", "The document names a line twice.");
  for (const [id, paise, prior] of shown) {
    expect(document.get(id) === `${paise}/${prior}`, "figures", `The figure of line ${id} on this page is not the one in the document.`);
    document.delete(id);
  }
  expect(document.size === 0, "figures", `The page leaves out the line ${[...document.keys()][0]} of the document.`);
}

/**
 * Check one public document of a log.
 * `subject`: { origin, state (origin of the state log), document (hex), kind, at: {entry, key, head}, shown: [[line, paise, prior]] | null }.
 * `policyText`: the pinned policy. `served`: the policy the server gives now.
 * `memory`: { recall(origin) -> {size, root}|null, keep(origin, size, root) }.
 */
export function checkLive(subject, policyText, served, get, memory, tell) {
  const logOf = (origin, size) => new LogReader(size, (path) => get(origin, path));
  return runSteps([
    ["policy", async (now) => {
      now.policy = parsePolicy(policyText);
      await prepare(now.policy);
      checkUnchanged(now.policy, parsePolicy(served));
      return { key: pinnedKey(now.policy, subject.state).text };
    }],
    ["document", async (now) => {
      now.document = await get(subject.origin, `doc/${subject.document}`);
      const found = sha256(now.document);
      expect(equal(found, fromHex(subject.document, 32)), "fingerprint", "The document does not have the fingerprint it is called by.");
      return { fingerprint: hex(found) };
    }],
    ["state", async (now) => {
      now.state = checkState(now.policy, await get(subject.state, "checkpoint"));
      expect(now.state.origin === subject.state, "origin", "The State's head is of another log.");
      now.stateLog = logOf(subject.state, now.state.size);
      return stateFacts(now.state);
    }],
    ["memory", async (now) => {
      const before = memory.recall(now.state.origin);
      if (before) {
        const proof = await now.stateLog.consistency(before.size);
        verifyConsistency(before.size, now.state.size, fromHex(before.root, 32), now.state.root, proof);
      }
      return before ? { before: String(before.size), now: String(now.state.size) } : { first: "first" };
    }],
    ["key", async (now) => {
      const entry = await now.stateLog.entry(subject.at.key);
      const { commitment } = parseEntry(entry);
      const record = await get(now.state.origin, `doc/${hex(commitment)}`);
      now.logKey = checkKey(entry, record, subject.at.key, await now.stateLog.inclusion(subject.at.key), now.state);
      expect(now.logKey.key.name === subject.origin, "origin", "The key belongs to another log.");
      return { key: now.logKey.key.text };
    }],
    ["head", async (now) => {
      const note = await now.stateLog.entry(subject.at.head);
      expect(glance(note).origin === subject.origin, "origin", "The head in the State's log is of another log.");
      now.head = checkHead(note, now.logKey, subject.at.head, await now.stateLog.inclusion(subject.at.head), now.state);
      return headFacts(now.head);
    }],
    ["entry", async (now) => {
      const log = logOf(subject.origin, now.head.size);
      const bytes = await log.entry(subject.at.entry);
      now.entry = parseEntry(bytes);
      expect(now.entry.kind === subject.kind, "kind", `The entry is not a ${subject.kind}.`);
      now.record = openEntry(now.entry, now.document, undefined);
      checkValidity(now.logKey, now.entry);
      checkEntry(bytes, subject.at.entry, await log.inclusion(subject.at.entry), now.head);
      return { index: String(subject.at.entry), leaf: hex(leafHash(bytes)), time: now.entry.time };
    }],
    ["figures", (now) => {
      if (subject.shown) compareFigures(now.record, subject.shown);
      memory.keep(now.state.origin, now.state.size, hex(now.state.root));
    }],
  ], tell);
}

