// What the entries say: docs/formats/verifying.md, section 7.
import { base64, need, sha256, Wrong } from "./bytes.mjs";
import { parseCanonical } from "./record.mjs";

const INDEX = /^openings\/(0|[1-9]\d*)\.json$/;

/** Give each entry its `record`, or say why it has none: `closed` or `shapeless`. */
export function openEntries(pack, kinds, report) {
  const type = pack.place.type;
  const counts = new Map();
  for (const entry of pack.entries) {
    if (entry.note) continue;
    const known = kinds.entries.get(entry.kind);
    if (!known) {
      report.unsure(`${pack.name}: entry ${entry.index} is of an unknown kind, ${entry.kind}`);
      pack.unknown = true;
      continue;
    }
    const fits = known.log === type || (known.log === "yearly" && type === "coop");
    const erasure = entry.kind === "erasure";
    need(fits || erasure, `entry ${entry.index}: no ${entry.kind} belongs in this log`);
    try {
      if (known.public) openPublic(pack, kinds, entry);
      else openPrivate(pack, kinds, entry, counts);
    } catch (error) {
      if (error instanceof Wrong) throw new Wrong(`entry ${entry.index}: ${error.message}`);
      throw error;
    }
  }
  for (const name of pack.below("doc/")) need(pack.used.has(name), `${name}: of no entry`);
  for (const name of pack.below("openings/")) need(pack.used.has(name), `${name}: of no entry`);
  checkErasures(pack, report);
  checkClosing(pack);
  for (const [kind, many] of counts) report.note(`${pack.name}: ${many} of ${kind} not open`);
}

function openPublic(pack, kinds, entry) {
  entry.hex = entry.commitment.toString("hex");
  const document = pack.get(`doc/${entry.hex}`);
  need(sha256(document).equals(entry.commitment), `doc/${entry.hex} is another document`);
  entry.record = kinds.check(parseCanonical(document), entry.kind);
}

function commitment(kind, salt, record) {
  return sha256(`sakshi/1 private ${kind}\n`, base64(salt, 32), Buffer.from(record));
}

function openPrivate(pack, kinds, entry, counts) {
  const name = `openings/${entry.index}.json`;
  if (!pack.has(name)) {
    entry.closed = true;
    counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1);
    return;
  }
  const made = parseCanonical(pack.get(name));
  const members = Object.keys(made).join(" ");
  need(/^(detail )?kind record salt$/.test(members), `${name} has other members`);
  need(made.kind === entry.kind, `${name} is of another kind`);
  need(typeof made.record === "string" && typeof made.salt === "string", `${name}: no texts`);
  const opened = commitment(entry.kind, made.salt, made.record);
  need(opened.equals(entry.commitment), `${name} does not open the entry`);
  try {
    entry.record = kinds.check(parseCanonical(Buffer.from(made.record)), entry.kind);
  } catch (error) {
    // The commitment is right: this is what was sealed, and it is no record.
    if (entry.kind !== "ballot" || !(error instanceof Wrong)) throw error;
    entry.shapeless = true;
  }
  if (!made.detail) return;
  const { record, salt } = made.detail;
  need(Object.keys(made.detail).join(" ") === "record salt", `${name}: detail`);
  const inner = commitment(`${entry.kind}-detail`, salt, record);
  need(inner.equals(base64(entry.record.detail ?? "", 32)), `${name}: the detail is another`);
  entry.detail = kinds.check(parseCanonical(Buffer.from(record)), `${entry.kind}-detail`);
}

function checkErasures(pack, report) {
  for (const { kind, index, record } of pack.entries) {
    if (kind !== "erasure") continue;
    if (record.origin !== undefined && record.origin !== pack.origin) {
      report.unsure(`${pack.name}: entry ${index} erased something in ${record.origin}`);
      continue;
    }
    const entry = pack.entries[record.index];
    need(record.index < index && entry.hex === undefined && !entry.note, `erasure ${index}`);
    const here = record.part === "record" ? entry.record : entry.detail;
    need(here === undefined, `entry ${record.index} is erased, and its ${record.part} is here`);
    entry.erased = true;
  }
}

function checkClosing(pack) {
  const last = pack.entries.at(-1);
  if (last?.kind !== "log-closed") return;
  const { origin, size } = last.record;
  need(origin === pack.origin && size === pack.entries.length, "log-closed is of another log");
}

/** Afterwards: every member belongs to something. */
export function checkUsed(pack) {
  const left = pack.unused();
  need(left.length === 0, `files that belong to nothing: ${left.join(", ")}`);
  return `${pack.files.size} members`;
}
