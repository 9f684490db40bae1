// Which ballots of a meeting count (docs/formats.md 6.5, version 2): a second implementation of
// voting/pure/replay.py. The log is read in the order of its index; what stands before a ballot
// decides. Reasons are the slugs that a result lists.

import { concat, equal, fromBase64, utf8 } from "./bytes.js";
import { ed25519, sha512 } from "../../vendor/noble.js";
import { canonicalText } from "./record.js";

const NOT_OPEN = "not-open";
const MEMBER = "member";

/**
 * Whether an Ed25519 signature is right, without the cofactor and with no second spelling of
 * anything, as libsodium decides it: both programs must count the same ballots.
 */
export function verifyStrict(signature, message, key) {
  const { Point } = ed25519;
  const [first, second] = [signature.slice(0, 32), number(signature.slice(32))];
  const order = Point.Fn.ORDER;
  try {
    const signer = Point.fromBytes(key);
    if (second >= order || signer.isSmallOrder()) return false;
    const factor = number(sha512(concat(first, key, message))) % order;
    const found = Point.BASE.multiplyUnsafe(second).subtract(signer.multiplyUnsafe(factor));
    return !found.isSmallOrder() && equal(found.toBytes(), first);
  } catch {
    return false;
  }
}

const number = (bytes) => bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);

/** Officers' and members' keys as the meeting's log has them; nothing is known of the time before. */
export class Keys {
  #officers = new Map();
  #ended = new Set();
  #stopped = new Set();

  /** Follow one `roll-change`. What was stopped stays stopped. */
  change({ key, holder, action }) {
    const stops = action === "stop";
    if (holder === MEMBER) {
      if (stops) this.#stopped.add(key);
    } else if (stops) {
      this.#ended.add(key);
      this.#officers.delete(key);
    } else if (!this.#ended.has(key)) {
      this.#officers.set(key, holder);
    }
  }

  /**
   * Role by key: as the log binds it, else as the ballot claims it, unless it was ended here or the
   * result denies the claim: the society's log says whose keys were bound before.
   */
  officers(ballot, denied) {
    const claimed = denied ? [] : ballot.signatures.filter(({ key }) => !this.#ended.has(key));
    return new Map([...claimed.map(({ key, role }) => [key, role]), ...this.#officers]);
  }

  stopped(ballot) {
    return !ballot.assisted && ballot.signatures.some(({ key }) => this.#stopped.has(key));
  }
}

function placeFault(ballot, poll, time) {
  if (ballot.meeting !== poll.origin) return "ballot-wrong-meeting";
  if (ballot.v !== 2) return "ballot-version";
  if (time < poll.opens) return "ballot-before-open";
  if (time >= poll.closes) return "ballot-after-close";
  if (!poll.resolutions.has(ballot.resolution)) return "ballot-unknown-resolution";
  if (ballot.roll_root !== poll.rollRoot) return "ballot-wrong-roll";
  return null;
}

function signersFault(ballot, poll, line, officers) {
  if (line === undefined) return "ballot-not-on-roll";
  const { signatures } = ballot;
  if (signatures.length !== (ballot.assisted ? 2 : 1)) return "ballot-signer-count";
  if (ballot.assisted) {
    if (signatures.some(({ key, role }) => officers.get(key) !== role)) return "ballot-not-an-officer";
    if (signatures[0].key === signatures[1].key) return "ballot-same-officer";
  } else {
    if (line.key === null) return "ballot-no-key";
    if (signatures[0].key !== line.key || signatures[0].role !== MEMBER) return "ballot-wrong-key";
  }
  return signatureFault(ballot, poll);
}

function signatureFault(ballot, poll) {
  const { signatures, ...body } = ballot;
  const message = utf8(`sakshi/1 sign ballot\n${poll.origin}\n${canonicalText(body)}`);
  for (const { key, sig } of signatures) {
    if (!verifyStrict(fromBase64(sig), message, fromBase64(key))) return "ballot-signature";
  }
  const keys = signatures.map(({ key }) => key);
  return keys.every((key, at) => at === 0 || keys[at - 1] < key) ? null : "ballot-shape";
}

function standingFault(ballot, before, stopped) {
  if (stopped) return "ballot-revoked-key";
  if (ballot.sequence <= before.last) return "ballot-replayed";
  if (ballot.sequence !== before.last + 1) return "ballot-sequence-gap";
  if (ballot.assisted && before.itself) return "ballot-own-stands";
  return null;
}

/**
 * Judge every ballot among `events`: {index, time, kind, record or null}, in the order of the log.
 * `poll`: {origin, rollRoot (base64), opens, closes, resolutions}; `lines`: roll lines by number.
 * `denied`: indexes of ballots whose claim to be signed by officers the result denies.
 * Gives [{index, reason or null, ballot}].
 */
export function* judge(poll, lines, events, denied = new Set()) {
  const keys = new Keys();
  const standing = new Map();
  for (const { index, time, kind, record } of events) {
    if (kind === "roll-change" && record !== null && record.meeting === poll.origin) keys.change(record);
    if (kind !== "ballot") continue;
    if (record === null) {
      yield { index, reason: NOT_OPEN, ballot: null };
      continue;
    }
    const place = `${record.roll_number} ${record.resolution}`;
    const before = standing.get(place) ?? { last: 0, itself: false };
    const reason = placeFault(record, poll, time)
      ?? signersFault(record, poll, lines.get(record.roll_number), keys.officers(record, denied.has(index)))
      ?? standingFault(record, before, keys.stopped(record));
    if (reason === null) {
      standing.set(place, { last: record.sequence, itself: before.itself || !record.assisted });
    }
    yield { index, reason, ballot: record };
  }
}

/** The counts of one resolution over its accepted ballots, which stand in the order of the log. */
export function tally(ballots) {
  const last = new Map(ballots.map((ballot) => [ballot.roll_number, ballot]));
  const counts = { yes: 0, no: 0, abstain: 0 };
  let assisted = 0;
  for (const ballot of last.values()) {
    counts[ballot.choice] += 1;
    if (ballot.assisted) assisted += 1;
  }
  return { ...counts, accepted: ballots.length, superseded: ballots.length - last.size, assisted };
}
