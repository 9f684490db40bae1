// What the reader trusts (C2SP tlog-policy): the state log's key, the outside witnesses, how many.

import { expect } from "./bytes.js";
import { cosigners, parseVkey } from "./note.js";

/** Read a policy file. Its logs are the state's logs of logs, one for each log year. */
export function parsePolicy(text) {
  const policy = { logs: new Map(), witnesses: new Map(), groups: new Map(), quorum: null };
  expect(text.endsWith("\n"), "policy", "A policy ends in a line feed.");
  for (const line of text.slice(0, -1).split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (words.length === 0 || words[0].startsWith("#")) continue;
    const read = READERS[words[0]];
    expect(read, "policy", `The policy line “${words[0]}” is not known.`);
    read(policy, words.slice(1));
  }
  expect(policy.logs.size > 0, "policy", "The policy pins no log.");
  expect(policy.quorum !== null, "policy", "The policy does not say which quorum it wants.");
  return policy;
}

const READERS = {
  log(policy, words) {
    expect(words.length === 1 || words.length === 2, "policy", "A log line has a key and perhaps an address.");
    const key = parseVkey(words[0]);
    expect(!policy.logs.has(key.name), "policy", "The policy pins one log twice.");
    policy.logs.set(key.name, key);
  },
  witness(policy, words) {
    expect(words.length === 2 || words.length === 3, "policy", "A witness line has a name, a key and perhaps an address.");
    define(policy, words[0]);
    const key = parseVkey(words[1]);
    const twice = [...policy.witnesses.values()].some((other) => other.text === key.text);
    expect(!twice, "policy", "The policy names one witness key twice.");
    policy.witnesses.set(words[0], key);
  },
  group(policy, words) {
    const [name, rule, ...members] = words;
    expect(members.length > 0, "policy", "A group of the policy has no members.");
    const need = { all: members.length, any: 1 }[rule] ?? Number(/^[1-9][0-9]{0,3}$/.test(rule) ? rule : Number.NaN);
    expect(need >= 1 && need <= members.length, "policy", "A group wants more members than it has.");
    const known = members.every((member) => policy.witnesses.has(member) || policy.groups.has(member));
    expect(known && new Set(members).size === members.length, "policy", "A group names a member twice or one not yet defined.");
    for (const { members: others } of policy.groups.values()) {
      expect(!others.some((other) => members.includes(other)), "policy", "A witness may be in one group only.");
    }
    define(policy, name);
    policy.groups.set(name, { need, members });
  },
  quorum(policy, words) {
    const [name] = words;
    const known = name === "none" || policy.witnesses.has(name) || policy.groups.has(name);
    expect(words.length === 1 && known && policy.quorum === null, "policy", "The quorum of the policy is not defined, or twice.");
    policy.quorum = name;
  },
};

function define(policy, name) {
  expect(name !== undefined && name !== "none" && !policy.witnesses.has(name) && !policy.groups.has(name),
    "policy", "A name of the policy is used twice or not allowed.");
}

/** The pinned key of a state log; a log that is not pinned is refused. */
export function pinnedKey(policy, origin) {
  const key = policy.logs.get(origin);
  expect(key, "not-pinned", `The policy kept here does not pin ${origin}.`);
  return key;
}

/**
 * Refuse a served policy that takes back anything of the pinned one. A log more (a new year) is
 * no contradiction: it is not believed until the reader pins it.
 */
export function checkUnchanged(pinned, served) {
  const lines = (policy) => [
    ...[...policy.witnesses].map(([name, key]) => `${name} ${key.text}`).sort(),
    ...[...policy.groups].map(([name, { need, members }]) => `${name} ${need} ${members.join(" ")}`).sort(),
    policy.quorum,
  ].join("\n");
  const kept = [...pinned.logs].every(([origin, key]) => served.logs.get(origin)?.text === key.text);
  expect(kept && lines(pinned) === lines(served), "policy-changed",
    "The server now shows another policy than the one kept in this browser.");
}

/** Check that enough witnesses cosigned; gives the names of all that did. */
export function checkQuorum(policy, note) {
  const seen = new Set();
  for (const [name, key] of policy.witnesses) {
    if (cosigners(note, [key]).size) seen.add(name);
  }
  const met = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(met).length >= group.need : seen.has(name);
  };
  expect(policy.quorum === "none" || met(policy.quorum), "quorum",
    "Too few of the outside witnesses you chose have signed this head.");
  return [...seen];
}
