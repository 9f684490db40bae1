// The keys of officers and members, from a society's packages: docs/formats/verifying.md, 8.
import { base64, need } from "./bytes.mjs";
import { signaturesRight, sortedOnce } from "./record.mjs";

export class Books {
  /** Packages of one society, right by themselves. */
  constructor(packs, report) {
    this.packs = [...packs].sort((a, b) => a.place.rank - b.place.rank);
    this.report = report;
    this.entries = [];
    this.starts = new Map();
    for (const pack of this.packs) {
      this.starts.set(pack.origin, this.entries.length);
      for (const entry of pack.entries) this.entries.push({ ...entry, log: pack.origin });
    }
    this.host = this.packs[0].host;
    this.subject = this.packs[0].subject;
    this.whole = !this.packs[0].continues;
  }

  /** One history: each log but the first continues the one before it. */
  history() {
    const keys = new Set();
    this.packs.forEach((pack, i) => {
      need(pack.host === this.host && pack.subject === this.subject, "packages of two societies");
      const key = pack.vkey.key.toString("hex");
      need(!keys.has(key), `${pack.origin} has the key of an earlier log`);
      keys.add(key);
      if (i === 0) return;
      const [before, first] = [this.packs[i - 1], pack.continues];
      need(first, `${pack.origin} continues no other log`);
      need(first.origin === before.origin, `${pack.origin} continues ${first.origin}, not here`);
      const same = first.size === before.head.size && first.root.equals(before.head.root);
      need(same, `${pack.origin} continues another head than ${before.origin} ends with`);
    });
    if (!this.whole) this.report.unsure("the society's logs before the first of these packages");
  }

  /** The number of entries before a place that a record names; null if its log is not here. */
  place(record, what) {
    const { book_origin: origin, book_size: size, book_root: root } = record;
    const pack = this.packs.find((one) => one.origin === origin);
    if (!pack) {
      this.report.unsure(`${what}: ${origin} is not among the packages`);
      return null;
    }
    if (size > pack.entries.length) {
      this.report.unsure(`${what}: the package of ${origin} ends before ${size} entries`);
      return null;
    }
    need(pack.rootAt(size).equals(base64(root)), `${what}: another root of ${origin} at ${size}`);
    return this.starts.get(origin) + size;
  }

  /** Entries of some kinds from one number of entries to another, with their number. */
  between(from, to, ...kinds) {
    const found = this.entries.slice(from, to);
    return found.filter(({ kind }) => kinds.includes(kind));
  }

  /** Follow the officers' keys and look at each statement: its signatures by keys then bound. */
  checkOfficers() {
    const bound = new Map();
    let many = 0;
    for (const { kind, index, record, log } of this.entries) {
      const name = `${log} entry ${index} (${kind})`;
      if (kind === "officer-key" || kind === "officer-key-loss") {
        this.#officerStep(bound, kind, record, name);
      } else if (kind === "statement") {
        this.#statement(bound, record, log, name);
        many += 1;
      }
    }
    return `${bound.size} bound at the end, ${many} statements signed by keys then bound`;
  }

  #officerStep(bound, kind, record, name) {
    const known = bound.get(record.key);
    if (kind === "officer-key" && record.action === "bind") {
      need(known === undefined, `${name}: the key is bound already`);
      bound.set(record.key, record.role);
      return;
    }
    if (kind === "officer-key-loss") need(record.officers.length === 2, `${name}: not two offices`);
    if (known === undefined && !this.whole) {
      this.report.unsure(`${name}: whether the key was bound in an earlier log`);
      return;
    }
    need(known !== undefined, `${name}: the key is not bound`);
    need(known === record.role, `${name}: the key is bound to another office`);
    bound.delete(record.key);
  }

  #statement(bound, record, log, name) {
    need(record.origin === log, `${name}: of another log`);
    const root = this.packs.find(({ origin }) => origin === log).rootAt(record.book_size);
    need(root?.equals(base64(record.book_root)), `${name}: no such place of its log`);
    const { signatures } = record;
    need(signatures.length > 0 && sortedOnce(signatures), `${name}: signatures not in order`);
    need(signaturesRight(record, "statement", log), `${name}: a signature does not verify`);
    for (const { key, role } of signatures) {
      if (!bound.has(key) && !this.whole) {
        this.report.unsure(`${name}: whether its signer's key was bound in an earlier log`);
      } else need(bound.get(key) === role, `${name}: signed by a key that is not bound to ${role}`);
    }
    if (record.v === 1) return;
    for (const office of ["secretary", "president"]) {
      need(signatures.some(({ role }) => role === office), `${name}: not signed by the ${office}`);
    }
  }

  /** The officers' keys before a number of entries: those bound, and those that were. */
  officersAt(count) {
    return this.#officers(this.entries.slice(0, count));
  }

  /** The officers' keys by a time, steps of the same second included. */
  officersBy(time) {
    return this.#officers(this.entries.filter((entry) => entry.time <= time));
  }

  #officers(entries) {
    const [bound, ended] = [new Map(), new Set()];
    for (const { kind, record } of entries) {
      if (kind === "officer-key" && record.action === "bind") {
        bound.set(record.key, record.role);
        ended.delete(record.key);
      } else if (kind === "officer-key" || kind === "officer-key-loss") {
        bound.delete(record.key);
        ended.add(record.key);
      }
    }
    return { bound, ended };
  }

  /** Follow the members' keys; at each place asked for, keep which are in force. */
  checkMembers() {
    const [force, bound, carried] = [new Set(), new Set(), new Set()];
    let [closed, foreign] = [0, 0];
    this.force = [];
    for (const { kind, index, record, log } of this.entries) {
      this.force.push(null);
      if (kind !== "enrolment") continue;
      const name = `${log} entry ${index} (enrolment)`;
      if (!record) closed += 1;
      else if (record.v === 1) {
        if (record.action === "bind") force.add(record.key);
        else force.delete(record.key);
      } else foreign += this.#enrolment(record, name, { force, bound, carried, closed });
      this.force[this.force.length - 1] = new Set(force);
    }
    this.closedEnrolments = closed;
    need(!this.whole || foreign <= closed, "more keys carried over than enrolments are closed");
    return `${force.size} in force at the end`;
  }

  /** 1 for a key that was carried and of which nothing was known. */
  #enrolment({ action, key, officers }, name, { force, bound, carried, closed }) {
    const sure = this.whole && closed === 0;
    if (action === "bind" || action === "reissue") {
      const two = officers.length === 2 && officers[0] !== officers[1];
      need(two, `${name}: not two different officers`);
      need(!bound.has(key) && !force.has(key) && !carried.has(key), `${name}: bound before`);
      bound.add(key);
      force.add(key);
      return 0;
    }
    if (action === "revoke") {
      if (!force.has(key) && !sure) this.report.unsure(`${name}: whether that key was in force`);
      else need(force.delete(key), `${name}: a key that was not in force`);
      return 0;
    }
    need(officers.length === 0, `${name}: carried over by an officer`);
    need(!carried.has(key), `${name}: carried over twice`);
    need(!bound.has(key), `${name}: a key carried over that version 2 had bound`);
    carried.add(key);
    if (force.has(key)) return 0;
    need(!sure, `${name}: a key carried over that was not in force`);
    this.report.unsure(`${name}: whether the key carried over was in force`);
    force.add(key);
    return 1;
  }

  /** The members' keys in force before a number of entries. */
  membersAt(count) {
    return this.force.slice(0, count).findLast((set) => set !== null) ?? new Set();
  }

  checkRegister() {
    const openings = this.entries.filter(({ kind }) => kind === "register-opening");
    const first = this.entries.findIndex(({ kind }) => kind === "register-opening");
    for (const { record, index } of openings) {
      need(record.officers.length === 2, `register-opening ${index}: not two offices`);
    }
    this.entries.forEach(({ kind, record, index, log }, i) => {
      if (!["admission", "admission-change", "admission-end"].includes(kind)) return;
      const name = `${log} entry ${index} (${kind})`;
      need(!this.whole || (first >= 0 && i > first), `${name}: before the register was opened`);
      if (!record) this.report.unsure(`${name}: it is not open`);
      else if (kind === "admission") need(record.officers.length > 0, `${name}: by no officer`);
    });
    if (openings.length > 1) this.report.note("the register of members was sealed more than once");
    return openings.length === 0 ? "none sealed" : "sealed";
  }
}
