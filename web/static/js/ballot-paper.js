// What both ballot pages share: the resolution that is signed is the one whose text is on the page, and
// every request that carries a ballot has the same length, whatever was chosen and by whom.

import { expect, hex, sha256, utf8 } from "./verify/bytes.js";
import { canonical } from "./sign.js";

/** Characters of every casting request; the longest ballot, two officers' with the longest log name, fits. */
export const LENGTH = 2048;

/** SHA-256 (hex) of the resolution's document, made from the texts that the reader sees. */
export function shownResolution(root, meeting) {
  const place = root.querySelector("[data-resolution]");
  const text = (language) => place.querySelector(`[data-text="${language}"]`).textContent;
  return digestOf({
    kind: "resolution", v: 1, meeting, number: Number(place.dataset.number),
    text_en: text("en"), text_ml: text("ml"),
    majority: place.dataset.majority, quorum: place.dataset.quorum,
  });
}

/** SHA-256 (hex) of a public record. */
export const digestOf = (record) => hex(sha256(canonical(record)));

/** The draft with the resolution that is shown; refuses when that is not the one the draft is about. */
export function about(root, draft) {
  const resolution = shownResolution(root, draft.meeting);
  expect(resolution === draft.resolution, "resolution-other", "The text shown is not the one that is sealed.");
  root.querySelector("[data-text-checked]").hidden = false;
  return { ...draft, resolution };
}

/** Sequences that are tried after the one on the paper. */
const TRIES = 50;

/**
 * Cast under the next sequence. One that was used since the page was opened, by officers or in another
 * window, is passed over: nobody can keep a voter out by being a moment earlier.
 */
export async function inTurn(draft, cast) {
  for (let sequence = draft.sequence; ; sequence += 1) {
    try {
      return await cast({ ...draft, sequence });
    } catch (refused) {
      if (refused.problem !== "/problems/ballot-replayed" || sequence >= draft.sequence + TRIES) throw refused;
    }
  }
}

/** The ballot as it is sent, filled up with spaces, which JSON does not read. */
export function padded(ballot) {
  const text = JSON.stringify(ballot);
  expect(text.length <= LENGTH, "ballot-length", "This ballot is longer than any ballot is.");
  return text.padEnd(LENGTH);
}
