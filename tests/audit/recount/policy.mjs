// A trust policy: docs/formats/verifying.md, section 4.
import { need, utf8, Wrong } from "./bytes.mjs";
import { parseCheckpoint, parseVkey, signedBy } from "./note.mjs";

export class Policy {
  constructor(bytes) {
    [this.logs, this.witnesses, this.groups, this.quorum] = [[], new Map(), [], null];
    this.unable = new Set();
    const text = utf8(bytes);
    need(text.endsWith("\n"), "a policy ends in a line feed");
    need(!/[\u0000-\u0008\u000b-\u001f\u007f]/.test(text), "a control character in a policy");
    const members = new Set();
    for (const line of text.slice(0, -1).split("\n")) {
      const words = line.split(/[ \t]+/).filter((word) => word !== "");
      if (words.length === 0 || words[0].startsWith("#")) continue;
      this.#line(words, members);
    }
    need(this.quorum !== null, "a policy without a quorum");
  }

  #line(words, members) {
    const known = (name) =>
      this.witnesses.has(name) || this.groups.some((group) => group.name === name);
    if (words[0] === "log" && (words.length === 2 || words.length === 3)) {
      const key = parseVkey(words[1]);
      need(key.type === 1 || key.type === 6, "a log key of the policy is of the wrong type");
      need(/^[^/]+\/state\/[^/]+$/.test(key.name), `the policy names no state log: ${key.name}`);
      need(!this.logs.some((log) => log.key.equals(key.key)), "two log lines with one key");
      this.logs.push(key);
    } else if (words[0] === "witness" && (words.length === 3 || words.length === 4)) {
      const key = parseVkey(words[2]);
      need(key.type === 4 || key.type === 6, "a witness key of the policy is of the wrong type");
      need(!known(words[1]) && words[1] !== "none", `the name ${words[1]} stands twice`);
      const keys = [...this.witnesses.values()];
      need(!keys.some((other) => other.key.equals(key.key)), "two witness lines with one key");
      this.witnesses.set(words[1], key);
    } else if (words[0] === "group" && words.length >= 4) {
      const [, name, many, ...names] = words;
      need(!known(name) && name !== "none", `the name ${name} stands twice`);
      for (const one of names) {
        need(known(one), `a group names ${one}, which is not defined above`);
        need(!members.has(one), `${one} is in two groups, or twice in one`);
        members.add(one);
      }
      const least = { all: names.length, any: 1 }[many] ?? Number(many);
      need(/^(all|any|[1-9]\d*)$/.test(many) && least <= names.length, `group ${name}: ${many}`);
      this.groups.push({ name, least, names });
    } else if (words[0] === "quorum" && words.length === 2) {
      need(this.quorum === null, "two quorum lines");
      need(words[1] === "none" || known(words[1]), `the quorum ${words[1]} is not defined`);
      this.quorum = words[1];
    } else throw new Wrong(`a line of the policy that is not known: ${words[0]}`);
  }

  /** The Ed25519 key of a state log, or undefined. */
  key(origin) {
    return this.logs.find(({ name, type }) => name === origin && type === 1);
  }

  names(origin) {
    return this.logs.some(({ name }) => name === origin);
  }

  /** Parse a checkpoint of a state log; refuse it unless this policy accepts it. */
  accept(bytes) {
    const head = parseCheckpoint(bytes);
    const keys = this.logs.filter(({ name }) => name === head.origin);
    need(keys.length > 0, `the policy names no key of ${head.origin}`);
    const signed = new Set();
    for (const key of keys) {
      const said = signedBy(head, key);
      if (said === null) this.unable.add(`the ML-DSA-44 signature of ${key.name}`);
      if (said !== false) signed.add(key.type);
    }
    for (const { type } of keys) need(signed.has(type), `${head.origin} has not signed its head`);
    const seen = new Map();
    for (const [name, key] of this.witnesses) {
      const said = signedBy(head, key);
      if (said === null) this.unable.add(`the ML-DSA-44 cosignature of ${name}`);
      seen.set(name, said === true);
    }
    for (const { name, least, names } of this.groups) {
      seen.set(name, names.filter((one) => seen.get(one)).length >= least);
    }
    need(this.quorum === "none" || seen.get(this.quorum), "the quorum has not seen a state head");
    return head;
  }
}
