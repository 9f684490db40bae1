// A meeting of version 2 against its society's books: docs/formats/verifying.md, section 10.
import { dayNumber, indianDay, need } from "./bytes.mjs";

const CHANGES = ["admission", "admission-change", "admission-end"];

export class Against {
  constructor(meeting, books, report) {
    Object.assign(this, { meeting, books, report });
  }

  /** The places that notice, rolls and results name, each as a number of entries. */
  places() {
    const { meeting, books } = this;
    need(books.host === meeting.pack.host, "the society's packages are of another host");
    need(books.subject === meeting.call.society, "the packages are of another society");
    const named = [meeting.of("meeting")[0], ...meeting.rolls, ...meeting.of("result")];
    let before = 0;
    this.at = new Map();
    for (const { record, index, kind } of named) {
      const place = books.place(record, `entry ${index} (${kind})`);
      if (place === null) return "not all of them are here";
      need(place >= before, `entry ${index}: a place before one that was named earlier`);
      before = place;
      this.at.set(index, place);
    }
    const results = meeting.of("result");
    this.notice = this.at.get(0);
    this.firstRoll = this.at.get(meeting.rolls[0].index);
    this.roll = this.at.get(meeting.rolls.at(-1).index);
    this.end = results.length > 0 ? this.at.get(results[0].index) : null;
    for (const { index } of results) {
      need(this.at.get(index) === this.end, `result ${index} names another place`);
    }
    this.known = true;
    return `notice ${this.notice}, roll ${this.roll}, results ${this.end ?? "none"}`;
  }

  opening() {
    const { meeting, books } = this;
    const { standing } = meeting;
    const openings = books.between(0, this.roll, "register-opening");
    const last = openings.at(-1);
    if (!last && !books.whole) {
      this.report.unsure("the opening of the register, in an earlier log");
      return "not here";
    }
    need(last, "no register was sealed before the roll");
    need(standing.opening === last.hex, "the roll names another opening of the register");
    const { count, from_opening: from } = standing;
    need(from <= last.record.count && from <= count, "more names of the opening than there are");
    if (meeting.rule === null) {
      this.report.unsure("whether later members were admitted early enough: no rule file");
      return `${from} of the opening`;
    }
    const { admission_days: admission, share_days: share } = meeting.rule.roll;
    const latest = dayNumber(meeting.call.held_on) - Math.max(admission, share);
    const start = books.entries.findIndex(({ hex }) => hex === last.hex);
    const admitted = books.between(start, this.roll, "admission");
    const early = admitted.filter(({ time }) => indianDay(time) <= latest).length;
    need(count - from <= early, `${count - from} later names, ${early} admitted early enough`);
    return `${from} of the opening, ${count - from} admitted later`;
  }

  keys() {
    const { meeting, books } = this;
    const force = books.membersAt(this.roll);
    const odd = [...meeting.keys].filter((key) => !force.has(key));
    const blind = !books.whole || books.closedEnrolments > 0;
    if (odd.length > 0 && blind) this.report.unsure(`${odd.length} keys of the roll: not open`);
    else need(odd.length === 0, `${odd.length} keys of the roll were not in force`);
    return `${meeting.keys.size - odd.length} of ${meeting.keys.size}`;
  }

  counts() {
    const { meeting, books } = this;
    const { record } = meeting.of("result")[0];
    const found = (kind) => books.between(this.notice, this.end, kind);
    const enrolments = found("enrolment");
    if (enrolments.some(({ closed }) => closed)) {
      this.report.unsure("re-issues and stops since the notice: an enrolment is not open");
    }
    const acts = (action) => {
      return enrolments.filter((e) => e.record?.v === 2 && e.record.action === action).length;
    };
    const made = {
      admissions: found("admission").length,
      ended: found("admission-end").length,
      reissues: acts("reissue"),
      stops: acts("revoke"),
    };
    for (const [name, many] of Object.entries(made)) {
      need(record[name] === many, `the result says ${record[name]} ${name}, the books ${many}`);
    }
    return Object.entries(made).map(([name, many]) => `${many} ${name}`).join(", ");
  }

  changes() {
    const { meeting, books } = this;
    const kinds = ["officer-key", "officer-key-loss", "enrolment"];
    const steps = books.between(this.firstRoll, this.end, ...kinds);
    if (steps.some(({ closed }) => closed)) {
      this.report.unsure("changes of keys since the roll: an enrolment is not open");
      return "not all are open";
    }
    const asked = steps.filter(({ record }) => record.action !== "carry").map(change);
    const first = meeting.of("result")[0].index;
    const sealed = meeting.of("roll-change");
    if (sealed.some(({ closed }) => closed)) {
      this.report.unsure("changes of keys since the roll: a roll-change is not open");
      return "not all are open";
    }
    for (const { index } of sealed) {
      const within = index > meeting.rolls[0].index && index < first;
      need(within, `roll-change ${index}: not between roll and result`);
    }
    const words = sealed.map(({ record: { holder, action, key } }) => `${holder} ${action} ${key}`);
    need(words.join("\n") === asked.join("\n"), "the changes of keys are not those of the books");
    return `${asked.length}, the same in both logs`;
  }

  /** Between roll and results, changes of members are by two officers or by herself. */
  officers() {
    const { books } = this;
    for (const entry of books.between(this.firstRoll, this.end, "enrolment", ...CHANGES)) {
      const { kind, record, index } = entry;
      if (kind === "enrolment" && record?.action !== "revoke") continue;
      if (!record) {
        this.report.unsure(`${kind} ${index}: by whom, it is not open`);
        continue;
      }
      const { officers } = record;
      const two = officers.length === 2 && officers[0] !== officers[1];
      const none = officers.length === 0 && kind !== "admission";
      need(two || none, `${kind} ${index} of the books: by one officer alone`);
    }
  }
}

function change({ kind, record }) {
  if (kind === "enrolment") {
    return `member ${record.action === "revoke" ? "stop" : record.action} ${record.key}`;
  }
  const bind = kind === "officer-key" && record.action === "bind";
  return `${record.role} ${bind ? "bind" : "stop"} ${record.key}`;
}
