// The links every proof of ours has in common, whether it comes from a file or from the tiles:
// pinned policy -> state head -> log key -> society head -> entry -> record.

import { checkTime, equal, expect, hex } from "./bytes.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { openCheckpoint, parseNote, parseCheckpoint, parseVkey } from "./note.js";
import { checkQuorum, checkSecond, pinnedKey } from "./policy.js";
import { openEntry, parseEntry } from "./record.js";

/**
 * A head of the state log, signed by its pinned keys and by enough of the chosen witnesses.
 * `unchecked` names whose ML-DSA-44 signature stands there and cannot be checked here; none counts.
 */
export function checkState(policy, note) {
  const state = openCheckpoint(note, pinnedKey(policy, glance(note).origin));
  const own = checkSecond(policy, state.origin, state.note) ? [] : [`${state.origin} (ML-DSA-44)`];
  const { witnesses, unchecked } = checkQuorum(policy, state.note);
  return { ...state, witnesses, unchecked: [...own, ...unchecked] };
}

/** Two heads of one state log and one size must have one root; two roots prove a fork. */
export function checkOneHistory(one, other) {
  const same = one.origin === other.origin && one.size === other.size;
  expect(!same || equal(one.root, other.root), "forked",
    `The file shows two different heads of ${one.origin} with ${one.size} entries: the state log was forked. Keep this file and show it to others.`);
}

/** The subject log's key: its record opens its entry, and the entry is under the state head. */
export function checkKey(entryBytes, recordBytes, index, path, state) {
  const entry = parseEntry(entryBytes);
  const record = openEntry(entry, recordBytes, undefined);
  expect(entry.kind === "log-key", "kind", "The entry that should state the log's key is of another kind.");
  const key = parseVkey(String(record.vkey));
  expect(key.name === record.origin, "origin", "The key is named for another log than the record.");
  checkTime(record.valid_from);
  if (record.valid_to !== null) checkTime(record.valid_to);
  verifyInclusion(leafHash(entryBytes), index, state.size, path, state.root);
  return { key, from: record.valid_from, to: record.valid_to };
}

/** The key must have been valid when the entry was made. */
export function checkValidity(logKey, entry) {
  const inTime = logKey.from <= entry.time && (logKey.to === null || entry.time <= logKey.to);
  expect(inTime, "validity", "The log's key was not valid at the time of this entry.");
}

/** The subject log's head: signed by its key only, and an entry of the state log byte for byte. */
export function checkHead(noteBytes, logKey, index, path, state) {
  const head = openCheckpoint(noteBytes, logKey.key, { only: true });
  verifyInclusion(leafHash(noteBytes), index, state.size, path, state.root);
  return head;
}

/** The entry is under the subject log's head. */
export function checkEntry(entryBytes, index, path, head) {
  const leaf = leafHash(entryBytes);
  verifyInclusion(leaf, index, head.size, path, head.root);
  return leaf;
}

/** What is said of a head on the page. */
export const headFacts = (head) => ({ origin: head.origin, size: String(head.size), root: hex(head.root) });

/** The same of a head of the state log, with who has witnessed it and what was not checked. */
export const stateFacts = (state) => ({
  ...headFacts(state), witnesses: state.witnesses.join(", "), unchecked: state.unchecked.join(", "),
});

/** Origin and size of a note before anything about it has been checked: to know what to fetch. */
export const glance = (bytes) => parseCheckpoint(parseNote(bytes).text);

