// From the entries of a package to the state log: docs/formats/verifying.md, section 6.
import { base64, decimal, need, utf8 } from "./bytes.mjs";
import { alone, ownHead, parseProof, parseVkey, signedBy } from "./note.mjs";
import { parseCheckpoint } from "./note.mjs";
import { documentOf, parseBundle, placeOf, yearOf } from "./package.mjs";
import { checkConsistency, checkInclusion, leafHash, rootOf } from "./tree.mjs";

/** Every state head that was shown, in all packages together. */
export class StateHeads {
  constructor() {
    [this.roots, this.closed] = [new Map(), new Map()];
  }

  add({ origin, size, root }) {
    const name = `${origin} ${size}`;
    const known = this.roots.get(name);
    need(!known || known.root.equals(root), `two roots of ${origin} with ${size} entries`);
    this.roots.set(name, { origin, size, root });
  }

  check(report) {
    for (const { origin, size } of this.roots.values()) {
      const end = this.closed.get(origin) ?? Infinity;
      report.must(size <= end, `a head of ${origin} beyond its closing head`);
    }
    if (this.roots.size === 1) return;
    report.note("that one head of the state log continues another: no package shows it");
  }
}

export class Chain {
  constructor(pack, policy, kinds, heads, report) {
    Object.assign(this, { pack, policy, kinds, heads, report });
  }

  /** All of section 6; the first thing that is wrong ends it. */
  check() {
    this.states();
    const head = this.policy.accept(this.pack.get("state/checkpoint"));
    need(head.origin === this.pack.state, "state/checkpoint is of another log than package.json");
    this.heads.add(head);
    this.key();
    this.entries();
    this.admitted();
    this.beginning();
    this.forms();
    this.stamp();
    return `${this.pack.entries.length} entries under ${this.pack.state}`;
  }

  /** A proof under a head of a state log that the policy accepts. */
  proven(name, leaf) {
    const proof = parseProof(this.pack.get(name));
    const head = this.policy.accept(proof.note);
    this.heads.add(head);
    checkInclusion(leaf, proof.index, head.size, proof.path, head.root);
    return { ...proof, head };
  }

  /** The three files of one public entry in a state log. */
  stated(prefix, kind) {
    const entry = this.pack.get(`${prefix}-entry`);
    const made = documentOf(this.kinds, entry, this.pack.get(`${prefix}-record`), kind);
    return { ...made, ...this.proven(`${prefix}.tlog-proof`, leafHash(entry)) };
  }

  states() {
    const { pack, policy } = this;
    const years = new Set(pack.below("states/").map((name) => name.split("/")[1]));
    const origin = (year) => `${pack.host}/state/${year}`;
    const rank = (year) => placeOf(origin(year)).rank;
    for (const year of [...years].sort((a, b) => rank(a) - rank(b))) {
      const [folder, name] = [`states/${year}`, origin(year)];
      if (!policy.names(name)) {
        this.report.unsure(`${pack.name} ${folder}: the policy does not lead to ${name}`);
        pack.below(`${folder}/`).forEach((file) => pack.used.add(file));
        continue;
      }
      const { record, index, head } = this.stated(`${folder}/last`, "log-closed");
      need(head.origin === name && record.origin === name, `${folder}: of another log`);
      need(record.size === head.size && index === head.size - 1, `${folder}: not the last entry`);
      this.heads.closed.set(name, head.size);
      const place = placeOf(record.next);
      const next = parseVkey(record.next_key ?? "");
      need(place.type === "state" && place.host === pack.host, `${folder}: leads to no state log`);
      need(place.rank > rank(year), `${folder}: leads backwards`);
      need(next.name === record.next && next.type === 1, `${folder}: next_key is of another log`);
      for (const known of policy.logs) {
        const same = known.key.equals(next.key);
        const here = known.name === next.name && known.type === 1;
        need(same === here, `${folder}: next_key is not the key known for that log, or is used`);
      }
      if (!policy.names(next.name)) policy.logs.push(next);
      const leaf = leafHash(alone(head, policy.key(name)));
      const shown = this.proven(`${folder}/next.tlog-proof`, leaf);
      need(shown.head.origin === record.next && shown.index === 0, `${folder}/next: not entry 0`);
    }
  }

  /** A log key in a state log; its verifier key is for that origin. */
  logKey(prefix, origin) {
    const made = this.stated(prefix, "log-key");
    const vkey = parseVkey(made.record.vkey);
    need(vkey.type === 1, `${prefix}: not an Ed25519 key of a log`);
    need(vkey.name === origin && made.record.origin === origin, `${prefix}: of another log`);
    return { ...made, vkey };
  }

  key() {
    const made = this.logKey("state/key", this.pack.origin);
    need(made.head.origin === this.pack.state, "state/key is under another state log");
    this.logKeyRecord = made.record;
    this.pack.vkey = made.vkey;
  }

  entries() {
    const { pack } = this;
    pack.head = ownHead(pack.get("log/checkpoint"), pack.vkey);
    pack.entries = parseBundle(pack.get("log/entries"));
    const leaves = pack.entries.map(({ leaf }) => leaf);
    const kept = pack.get("log/leaves");
    const other = leaves.findIndex((leaf, i) => !leaf.equals(kept.subarray(32 * i, 32 * i + 32)));
    need(other < 0 && kept.length === 32 * leaves.length, `log/leaves: entry ${other} is another`);
    need(leaves.length === pack.head.size, "not as many entries as the head says");
    need(rootOf(leaves).equals(pack.head.root), "the root of the entries is not the head's");
    pack.rootAt = (size) => (size > leaves.length ? null : rootOf(leaves.slice(0, size)));
  }

  admitted() {
    const { pack } = this;
    const sizes = pack.below("log/earlier/").map((name) => {
      const size = decimal(name.split("/")[2]);
      const head = ownHead(pack.get(name), pack.vkey);
      need(head.size === size, `${name}: a head of ${head.size} entries`);
      need(size < pack.head.size && pack.rootAt(size).equals(head.root), `${name}: another root`);
      return head;
    });
    const all = [...sizes, pack.head].sort((a, b) => a.size - b.size);
    const last = new Map();
    all.forEach((head, i) => {
      const name = `state/heads/${head.size}.tlog-proof`;
      const { index, head: under } = this.proven(name, leafHash(head.bytes));
      need(index > (last.get(under.origin) ?? -1), `${name}: admitted before a smaller head`);
      last.set(under.origin, index);
      if (i === 0) return;
      const [old, file] = [all[i - 1], `proof/consistency/${all[i - 1].size}-${head.size}`];
      const text = utf8(pack.get(file));
      need(text === "" || text.endsWith("\n"), `${file}: no line feed at its end`);
      const proof = text === "" ? [] : text.slice(0, -1).split("\n").map((row) => base64(row, 32));
      checkConsistency(old.size, head.size, old.root, head.root, proof);
    });
    const newest = parseProof(pack.get(`state/heads/${pack.head.size}.tlog-proof`)).note;
    const shown = parseCheckpoint(newest);
    need(shown.origin === pack.state, "the newest head is under another state log");
  }

  /** Entry 0 of a log that continues another. */
  beginning() {
    const { pack } = this;
    const first = pack.entries[0]?.note;
    if (!first) return;
    pack.continues = first;
    const [here, before] = [pack.place, placeOf(first.origin)];
    const same = ["host", "type", "subject"].every((part) => here[part] === before[part]);
    need(same && before.rank < here.rank, "entry 0 is of a log that this one cannot continue");
    if (pack.below("previous/").length === 0) {
      this.report.unsure(`${pack.name}: how ${first.origin} ended`);
      return;
    }
    const { vkey } = this.logKey("previous/key", first.origin);
    ownHead(pack.entries[0].bytes, vkey);
    if (pack.has("previous/given-up-entry")) {
      const { record } = this.stated("previous/given-up", "abandonment");
      const root = base64(record.root);
      const lost = record.origin === first.origin && record.successor === pack.origin;
      need(lost && record.size === first.size && root.equals(first.root), "given-up: of another");
      if (pack.has("previous/head.tlog-proof")) this.previousHead();
      return;
    }
    this.previousHead();
    const entry = pack.get("previous/last-entry");
    const record = pack.get("previous/last-record");
    const last = documentOf(this.kinds, entry, record, "log-closed");
    const proof = parseProof(pack.get("previous/last.tlog-proof"));
    need(proof.note.equals(pack.entries[0].bytes), "previous/last is under another head");
    need(proof.index === first.size - 1, "previous/last is not the last entry");
    checkInclusion(leafHash(entry), proof.index, first.size, proof.path, first.root);
    need(last.record.next === pack.origin, "the log before names another to go on in");
    need(last.record.origin === first.origin, "previous/last closes another log");
    pack.after = last.entry.time;
  }

  previousHead() {
    this.proven("previous/head.tlog-proof", leafHash(this.pack.entries[0].bytes));
  }

  forms() {
    const { pack, logKeyRecord: key } = this;
    const from = Date.parse(key.valid_from) / 1000;
    const to = key.valid_to === null ? Infinity : Date.parse(key.valid_to) / 1000;
    let before = pack.after ?? -Infinity;
    for (const entry of pack.entries) {
      const name = `entry ${entry.index}`;
      if (entry.note) {
        need(entry.index === 0 && pack.kind === "society", `${name}: a note within the log`);
        continue;
      }
      need(entry.time >= before, `${name}: its time goes back`);
      before = entry.time;
      need(entry.time >= from && entry.time <= to, `${name}: outside the validity of the key`);
      if (pack.place.year === undefined || entry.kind === "log-closed") continue;
      const [start, end] = yearOf(pack.place);
      need(entry.time >= start && entry.time < end, `${name}: not in the year of its log`);
    }
    const closing = pack.entries.at(-1);
    pack.closed = closing?.kind === "log-closed";
    for (const { kind, index } of pack.entries) {
      need(kind !== "log-closed" || index === closing.index, `entry ${index}: not the last`);
    }
    if (!pack.has("state/key-end-entry")) return;
    const end = this.logKey("state/key-end", pack.origin).record;
    const same = end.vkey === key.vkey && end.valid_from === key.valid_from;
    const ended = pack.closed && end.valid_to === closing.at;
    need(same && ended, "state/key-end is not of this key's end");
  }

  stamp() {
    const { pack } = this;
    if (!pack.has("state/stamp.tlog-proof")) return;
    const proof = parseProof(pack.get("state/stamp.tlog-proof"));
    const head = parseCheckpoint(proof.note);
    const key = this.policy.key(head.origin);
    need(key && head.lines.length === 1 && signedBy(head, key), "state/stamp: not of a state log");
    const leaf = leafHash(pack.head.bytes);
    checkInclusion(leaf, proof.index, head.size, proof.path, head.root);
    this.heads.add(head);
    pack.get("state/stamp.tsr");
    this.report.unsure(`${pack.name}: the time-stamp (this program reads no ASN.1)`);
  }
}
