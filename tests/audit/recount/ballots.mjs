// Ballots, one by one, as docs/formats/verifying.md, section 10, reads them.
import { signaturesRight, sortedOnce } from "./record.mjs";

const REVOKED = "whether a member's key was revoked before she voted";

/** Reads the ballots of a meeting; `reason` of each, or null for one that is accepted. */
export class Reading {
  constructor(meeting) {
    Object.assign(this, { meeting, report: meeting.report });
    const { pack } = meeting;
    this.first = pack.entries.findIndex(({ kind }) => kind === "result");
    this.last = this.first < 0 ? pack.entries.length : this.first;
    [this.accepted, this.leftOut, this.faults] = [[], [], []];
    [this.sequences, this.own] = [new Map(), new Set()];
    this.stopped = new Set();
    this.sure = true;
  }

  unsure(text) {
    this.report.unsure(text);
    this.sure = false;
  }

  /** Version 2: what is left out changes nothing for the others. */
  readTwo(listed, officers) {
    this.officers = officers;
    for (const entry of this.meeting.pack.entries.slice(0, this.last)) {
      if (entry.kind === "roll-change") this.change(entry);
      if (entry.kind !== "ballot") continue;
      const { index } = entry;
      if (entry.closed && listed.get(index) !== "not-open") {
        this.unsure(`results are not recounted: ballot ${index} is not open`);
        continue;
      }
      if (entry.closed) this.report.unsure(`ballot ${index}: left out as not open`);
      this.keep(entry, entry.closed ? "not-open" : this.reasonTwo(entry, listed));
    }
    const late = this.meeting.pack.entries.slice(this.last).filter(({ kind }) => kind === "ballot");
    for (const { index } of late) this.faults.push(`ballot ${index} stands after a result`);
  }

  keep(entry, reason) {
    if (reason !== null) {
      this.leftOut.push({ index: entry.index, reason });
      return;
    }
    const { record } = entry;
    const mark = this.mark(record);
    this.sequences.set(mark, record.sequence);
    if (!record.assisted) this.own.add(mark);
    this.accepted.push(record);
  }

  mark({ roll_number: number, resolution }) {
    return `${number} ${resolution}`;
  }

  change({ index, record, closed }) {
    if (closed) {
      this.unsure(`results are not recounted: roll-change ${index} is not open`);
      return;
    }
    const { holder, action, key } = record;
    if (holder === "member") {
      if (action === "stop") this.stopped.add(key);
    } else if (this.officers !== null && action === "stop") {
      this.officers.bound.delete(key);
      this.officers.ended.add(key);
    } else if (this.officers !== null && !this.officers.ended.has(key)) {
      this.officers.bound.set(key, holder);
    }
  }

  /** What both versions ask of a ballot before its signers are looked at. */
  placed(entry) {
    const { meeting } = this;
    const { record, time } = entry;
    if (entry.shapeless) return "ballot-shape";
    if (record.meeting !== meeting.origin) return "ballot-wrong-meeting";
    if (record.v !== meeting.version) return "ballot-version";
    if (time < meeting.opens) return "ballot-before-open";
    if (time >= meeting.closes) return "ballot-after-close";
    if (!meeting.resolution.has(record.resolution)) return "ballot-unknown-resolution";
    if (record.roll_root !== meeting.standing.root) return "ballot-wrong-roll";
    if (!meeting.lines.has(record.roll_number)) return "ballot-not-on-roll";
    return null;
  }

  /** Who signed, and whether the signatures are right. */
  signed(record, isOfficer) {
    const { signatures, assisted } = record;
    if (signatures.length !== (assisted ? 2 : 1)) return "ballot-signer-count";
    if (!assisted) {
      const { key } = this.meeting.lines.get(record.roll_number);
      if (key === null) return "ballot-no-key";
      const [one] = signatures;
      if (one.key !== key || one.role !== "member") return "ballot-wrong-key";
    } else {
      if (!signatures.every(isOfficer)) return "ballot-not-an-officer";
      if (signatures[0].key === signatures[1].key) return "ballot-same-officer";
    }
    if (!signaturesRight(record, "ballot", this.meeting.origin)) return "ballot-signature";
    return sortedOnce(signatures) ? null : "ballot-shape";
  }

  reasonTwo(entry, listed) {
    const { record, index } = entry;
    const officer = ({ key, role }) => {
      if (this.officers !== null) return this.officers.bound.get(key) === role;
      this.report.unsure(`ballot ${index}: its officers' keys (no whole logs of the society)`);
      return listed.get(index) !== "ballot-not-an-officer";
    };
    const before = this.placed(entry) ?? this.signed(record, officer);
    if (before !== null) return before;
    const [key] = record.signatures;
    if (!record.assisted && this.stopped.has(key.key)) return "ballot-revoked-key";
    const mark = this.mark(record);
    const last = this.sequences.get(mark) ?? 0;
    if (record.sequence <= last) return "ballot-replayed";
    if (record.sequence > last + 1) return "ballot-sequence-gap";
    return record.assisted && this.own.has(mark) ? "ballot-own-stands" : null;
  }

  /** Version 1: it lists none that is left out, so each ballot must be right. */
  readOne(books) {
    for (const entry of this.meeting.pack.entries) {
      if (entry.kind !== "ballot") continue;
      const name = `ballot ${entry.index}`;
      if (entry.index > this.last) this.faults.push(`${name} stands after a result`);
      if (entry.time >= this.meeting.closes) this.faults.push(`${name} is not before the close`);
      if (entry.closed) {
        this.unsure(`results are not recounted: ${name} is not open`);
        continue;
      }
      const reason = this.reasonOne(entry, books);
      if (reason !== null) this.faults.push(`${name}: ${reason}`);
      else this.keep(entry, null);
    }
  }

  reasonOne(entry, books) {
    const { record, time, index } = entry;
    const known = books?.whole ? books.officersBy(time).bound : null;
    const officer = ({ key, role }) => {
      if (known !== null) return known.get(key) === role;
      this.report.unsure(`ballot ${index}: its officers' keys (no whole logs of the society)`);
      return true;
    };
    const before = this.placed(entry) ?? this.signed(record, officer);
    if (before !== null) return before;
    const mark = this.mark(record);
    const last = this.sequences.get(mark) ?? 0;
    if (record.sequence <= last) return "ballot-replayed";
    if (record.sequence > last + 1) this.report.note(`ballot ${index}: its sequence leaves a gap`);
    if (record.assisted) return this.own.has(mark) ? "ballot-own-stands" : null;
    if (books === null) {
      this.report.unsure(`${REVOKED}: no books, or wrong ones`);
      return null;
    }
    const steps = books.entries.filter((e) => e.kind === "enrolment" && e.time < time);
    if (!books.whole || steps.some((e) => e.closed)) {
      this.report.unsure(`${REVOKED}: enrolments not open`);
    }
    const { key } = record.signatures[0];
    const ended = steps.filter((e) => e.record?.key === key && e.record.action === "revoke");
    return ended.length > 0 ? "ballot-revoked-key" : null;
  }
}
