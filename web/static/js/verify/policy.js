// What the reader trusts (C2SP tlog-policy): the state log's key, the outside witnesses, how many.

import { equal, expect } from "./bytes.js";
import { loadMldsa } from "./mldsa.js";
import { checkSecondLine, cosigned, parseVkey } from "./note.js";

const ED25519 = 0x01;
const COSIGNER = 0x04;
const MLDSA44 = 0x06;

/**
 * Read a policy file. Its logs are the state's logs of logs, one for each log year; each has an
 * Ed25519 key, and perhaps an ML-DSA-44 key on a line of its own.
 */
export function parsePolicy(text) {
  const policy = { logs: new Map(), witnesses: new Map(), groups: new Map(), quorum: null };
  expect(text.endsWith("\n"), "policy", "A policy ends in a line feed.");
  for (const line of text.slice(0, -1).split("\n")) {
    const words = line.split(/[ \t]+/).filter(Boolean);
    if (words.length === 0 || words[0].startsWith("#")) continue;
    const read = Object.hasOwn(READERS, words[0]) && READERS[words[0]];
    expect(read, "policy", `The policy line “${words[0]}” is not known.`);
    read(policy, words.slice(1));
  }
  expect(policy.logs.size > 0, "policy", "The policy pins no log.");
  expect(policy.quorum !== null, "policy", "The policy does not say which quorum it wants.");
  for (const [origin, keys] of policy.logs) {
    expect(keys.first, "policy", `The policy pins ${origin} by an ML-DSA-44 key alone: nothing of it can be checked here.`);
  }
  return policy;
}

const READERS = {
  log(policy, words) {
    expect(words.length === 1 || words.length === 2, "policy", "A log line has a key and perhaps an address.");
    const key = parseVkey(words[0]);
    expect(key.type === ED25519 || key.type === MLDSA44, "policy", "A witness's key stands in a log line.");
    const place = key.type === ED25519 ? "first" : "second";
    const keys = policy.logs.get(key.name) ?? {};
    const others = [...policy.logs.values()].flatMap((one) => Object.values(one));
    expect(!keys[place] && !others.some((other) => equal(other.public, key.public)), "policy", "The policy pins one log twice.");
    policy.logs.set(key.name, { ...keys, [place]: key });
  },
  witness(policy, words) {
    expect(words.length === 2 || words.length === 3, "policy", "A witness line has a name, a key and perhaps an address.");
    define(policy, words[0]);
    const key = parseVkey(words[1]);
    expect(key.type === COSIGNER || key.type === MLDSA44, "policy", "A log's key stands in a witness line.");
    const twice = [...policy.witnesses.values()].some((other) => equal(other.public, key.public));
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

/** Fetch what the keys of this policy need, before anything is checked against it. */
export async function prepare(policy) {
  const keys = [...policy.witnesses.values(), ...[...policy.logs.values()].map(({ second }) => second)];
  if (keys.some((key) => key?.type === MLDSA44)) await loadMldsa();
}

/** The pinned Ed25519 key of a state log; a log that is not pinned is refused. */
export function pinnedKey(policy, origin) {
  const keys = policy.logs.get(origin);
  expect(keys, "not-pinned", `The policy kept here does not pin ${origin}.`);
  return keys.first;
}

/** Check the second line of a log that the policy pins by two keys; false: not checked here. */
export function checkSecond(policy, origin, note) {
  const { second } = policy.logs.get(origin);
  return second ? checkSecondLine(note, second) : true;
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
  const same = (key, other) => key === undefined || key.text === other?.text;
  const kept = [...pinned.logs].every(([origin, keys]) => {
    const shown = served.logs.get(origin);
    return same(keys.first, shown?.first) && same(keys.second, shown?.second);
  });
  expect(kept && lines(pinned) === lines(served), "policy-changed",
    "The server now shows another policy than the one kept in this browser.");
}

/** Check that enough witnesses cosigned; returns who did, and whose cosignature cannot be checked here. */
export function checkQuorum(policy, note) {
  const seen = new Set();
  const unchecked = [];
  for (const [name, key] of policy.witnesses) {
    const found = cosigned(note, key);
    if (found) seen.add(name);
    if (found === null) unchecked.push(name);
  }
  const met = (name) => {
    const group = policy.groups.get(name);
    return group ? group.members.filter(met).length >= group.need : seen.has(name);
  };
  expect(policy.quorum === "none" || met(policy.quorum), "quorum",
    "Too few of the outside witnesses you chose have signed this head.");
  return { witnesses: [...seen], unchecked };
}
