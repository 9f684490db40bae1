// A `.sakshi-proof` file, checked without any server (docs/formats.md section 7).

import { expect, fromBase64, fromBase64Hash, fromDecimal, hex, utf8 } from "./bytes.js";
import { checkEntry, checkHead, checkKey, checkOneHistory, checkState, checkValidity, headFacts, stateFacts } from "./chain.js";
import { parseCheckpoint, parseNote } from "./note.js";
import { parsePolicy, prepare } from "./policy.js";
import { openEntry, parseEntry, parseRecord } from "./record.js";
import { runSteps } from "./steps.js";

const MEMBERS = "entry,format,head,inclusion,key,key_entry,key_record,opening";

/** Read a C2SP tlog-proof; ours never have an `extra` line. */
export function parseTlogProof(text) {
  const gap = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(gap, 0)).split("\n");
  expect(gap > 0 && lines[0] === "c2sp.org/tlog-proof@v1", "tlog-proof", "This is not a tlog-proof.");
  expect(lines.length >= 2 && lines[1].startsWith("index "), "tlog-proof", "The proof does not state the position of its entry.");
  const path = lines.slice(2).map(fromBase64Hash);
  expect(path.length <= 63, "tlog-proof", "The path is too long.");
  const note = text.slice(gap + 2);
  parseCheckpoint(parseNote(note).text);
  return { index: fromDecimal(lines[1].slice(6), "position"), path, note };
}

/** Read the file; exactly these members and no other byte. */
export function parseProofFile(bytes) {
  expect(bytes.length < 2_000_000 && bytes.at(-1) === 0x0a, "proof-file", "A Sakshi proof ends in a line feed.");
  const value = parseRecord(bytes.slice(0, -1));
  expect(Object.keys(value).join(",") === MEMBERS && value.format === "sakshi-proof/1", "proof-file",
    "This is not a sakshi-proof/1 file.");
  const { opening, format: _, ...texts } = value;
  expect(Object.values(texts).every((text) => typeof text === "string"), "proof-file", "A member of the proof is not text.");
  const members = typeof opening === "object" && opening !== null ? Object.keys(opening).join(",") : "";
  expect(members === "record" || members === "record,salt", "proof-file", "The proof does not open its entry.");
  expect(Object.values(opening).every((text) => typeof text === "string"), "proof-file", "The opening is not text.");
  return {
    entry: utf8(value.entry),
    record: utf8(opening.record),
    salt: opening.salt === undefined ? undefined : fromBase64(opening.salt),
    inclusion: parseTlogProof(value.inclusion),
    head: parseTlogProof(value.head),
    key: parseTlogProof(value.key),
    keyEntry: utf8(value.key_entry),
    keyRecord: utf8(value.key_record),
  };
}

/** All steps over a proof file; see `runSteps`. */
export function checkProofFile(bytes, policyText, tell) {
  return runSteps([
    ["file", async (now) => {
      now.policy = parsePolicy(policyText);
      await prepare(now.policy);
      now.proof = parseProofFile(bytes);
    }],
    ["record", (now) => {
      now.entry = parseEntry(now.proof.entry);
      now.record = openEntry(now.entry, now.proof.record, now.proof.salt);
      return { kind: now.entry.kind, time: now.entry.time };
    }],
    ["state", (now) => {
      now.state = checkState(now.policy, now.proof.key.note);
      now.stateOfHead = checkState(now.policy, now.proof.head.note);
      checkOneHistory(now.state, now.stateOfHead);
      return stateFacts(now.stateOfHead);
    }],
    ["key", (now) => {
      const { keyEntry, keyRecord, key } = now.proof;
      now.logKey = checkKey(keyEntry, keyRecord, key.index, key.path, now.state);
      checkValidity(now.logKey, now.entry);
      return { key: now.logKey.key.text };
    }],
    ["entry", (now) => {
      const { inclusion } = now.proof;
      now.subject = checkHead(utf8(inclusion.note), now.logKey, now.proof.head.index, now.proof.head.path, now.stateOfHead);
      now.leaf = checkEntry(now.proof.entry, inclusion.index, inclusion.path, now.subject);
      return { ...headFacts(now.subject), index: String(inclusion.index), leaf: hex(now.leaf) };
    }],
  ], tell);
}
