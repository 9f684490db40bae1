// Notice, resolutions and roll of a meeting: docs/formats/verifying.md, section 9.
import { base64, indianDay, need, seconds, utf8 } from "./bytes.mjs";
import { parseCanonical } from "./record.mjs";
import { Missing } from "./report.mjs";
import { leafHash, rootOf } from "./tree.mjs";
import { rulesOf } from "./rules.mjs";

export class Meeting {
  constructor(pack, books, report) {
    Object.assign(this, { pack, books, report });
    this.origin = pack.origin;
  }

  of(kind) {
    return this.pack.entries.filter((entry) => entry.kind === kind);
  }

  notice() {
    const [entry, ...more] = this.of("meeting");
    need(entry?.index === 0 && more.length === 0, "entry 0 is not the only notice");
    const { record } = entry;
    need(record.origin === this.origin, "the notice is of another log");
    Object.assign(this, { call: record, version: record.v, called: entry.time });
    this.opens = seconds(record.opens);
    this.closes = seconds(record.closes);
    need(entry.time <= this.opens, "the notice was sealed after the opening");
    need(entry.time <= seconds(record.notice_given), "the notice was sealed after it was given");
    for (const kind of ["roll", "result"]) {
      for (const { record: made, index } of this.of(kind)) {
        need(made.v === this.version, `entry ${index}: ${kind} of another version than the notice`);
      }
    }
    for (const { record: made, index, kind } of this.pack.entries) {
      if (kind === "meeting" || kind === "ballot" || made?.meeting === undefined) continue;
      need(made.meeting === this.origin, `entry ${index}: of another meeting`);
    }
    if (this.version !== 1) return `version ${this.version}`;
    const later = [...this.of("roll-change"), ...this.of("assistance")];
    need(later.length === 0, "a meeting of version 1 has no roll-change and no assistance");
    if (this.books === null) {
      this.report.unsure("whether the notice came before the register: no books, or wrong ones");
      return "version 1";
    }
    const opening = this.books.entries.find(({ kind }) => kind === "register-opening");
    need(!opening || this.called <= opening.time, "version 1 after the register was sealed");
    return "version 1";
  }

  resolutions() {
    this.resolution = new Map();
    const numbers = new Set();
    for (const { record, hex, time, index } of this.of("resolution")) {
      need(time < this.opens, `entry ${index}: a resolution sealed after the opening`);
      need(!numbers.has(record.number), `entry ${index}: the number ${record.number} stands twice`);
      numbers.add(record.number);
      need(!this.resolution.has(hex), `entry ${index}: the same resolution twice`);
      this.resolution.set(hex, record);
    }
    return `${this.resolution.size}`;
  }

  roll(kinds) {
    const rolls = this.of("roll");
    if (rolls.length === 0 && this.of("result").length === 0) throw new Missing("an entry roll");
    need(rolls.length > 0, "there are results and no roll");
    for (const { time, index } of rolls) {
      need(time < this.opens, `entry ${index}: a roll sealed after the opening`);
    }
    this.rolls = rolls;
    const { record } = rolls.at(-1);
    this.standing = record;
    const text = utf8(this.pack.get("roll"));
    need(text === "" || text.endsWith("\n"), "no line feed at the end of the roll");
    const rows = text === "" ? [] : text.slice(0, -1).split("\n");
    const [lines, keys, leaves] = [new Map(), new Set(), []];
    rows.forEach((row, i) => {
      const bytes = Buffer.from(row);
      const line = kinds.check(parseCanonical(bytes), "roll-line");
      need(line.v === this.version, `roll line ${i + 1}: of another version`);
      need(line.roll_number === i + 1, `roll line ${i + 1} has another number`);
      if (line.key !== null) {
        need(!keys.has(line.key), `roll line ${i + 1}: a key that stands twice`);
        keys.add(line.key);
      }
      lines.set(line.roll_number, line);
      leaves.push(leafHash(bytes));
    });
    need(rootOf(leaves).equals(base64(record.root)), "the root of the roll is another");
    need(record.count === rows.length, "the roll has another count");
    need(record.with_key === keys.size, "another number of lines has a key");
    Object.assign(this, { lines, keys });
    return `${rows.length} names, ${keys.size} with a key`;
  }

  /** The rule file: without it days of notice, quorum and majority are not checked. */
  rules(files) {
    this.rule = rulesOf(this.call.rules, files);
    this.days = null;
    if (this.rule === null) {
      this.report.unsure("days of notice, quorum, majority: the rule file is not here");
      return "the notice names one";
    }
    const { days, clear } = this.rule.notice;
    const given = indianDay(this.opens) - indianDay(seconds(this.call.notice_given));
    this.days = Math.max(0, given - (clear ? 1 : 0));
    this.asked = days;
    need(this.days >= days, `${this.days} days of notice in place of ${days}`);
    return `${this.days} days of notice, ${days} asked for`;
  }
}
