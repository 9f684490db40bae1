// Run by tests/web/js/test_verify_modules.py, which writes the world of scenario.py as JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const modules = process.env.SAKSHI_JS;
const load = (name) => import(pathToFileURL(`${modules}/${name}`).href);
const world = JSON.parse(readFileSync(process.env.SAKSHI_WORLD, "utf8"));
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const { checkProofFile } = await load("prooffile.js");
const { checkLive } = await load("live.js");
const { parseRecord, normaliseText } = await load("record.js");
const bytes = await load("bytes.js");
const merkle = await load("merkle.js");
const note = await load("note.js");

const quiet = () => {};
const get = (files) => async (origin, path) => {
  const found = files[`${origin}/${path}`];
  if (found === undefined) throw new Error(`404 ${path}`);
  return typeof found === "string" ? bytesOf(found) : found;
};
const noMemory = { recall: () => null, keep: () => {} };
const live = (changes = {}) => {
  const files = { ...world.files, ...changes.files };
  return checkLive({ ...world.subject, ...changes.subject }, changes.policy ?? world.policy,
    changes.served ?? world.policy, get(files), changes.memory ?? noMemory, changes.tell ?? quiet);
};

for (const [name, file] of Object.entries(world.proofs)) {
  test(`the proof of a ${name} is right, with and without a quorum`, async () => {
    for (const policy of [world.policy, world.policy_with_witness]) {
      const states = [];
      const result = await checkProofFile(bytesOf(file), policy, (id, state) => states.push([id, state]));
      assert.equal(result.fault, null);
      assert.deepEqual(states.filter(([, state]) => state === "right").map(([id]) => id),
        ["file", "record", "state", "key", "entry"]);
    }
  });

  test(`a flip of any third byte of the cosigned proof of a ${name} is refused`, async () => {
    const good = bytesOf(file);
    const passed = [];
    for (let at = name.length % 3; at < good.length; at += 3) {
      const bad = good.slice();
      bad[at] ^= 0x20;
      // With the witness's key in the policy: lines of unknown keys are ignored (C2SP signed-note).
      if ((await checkProofFile(bad, world.policy_with_witness, quiet)).ok) passed.push(at);
    }
    assert.deepEqual(passed, []);
  });

  test(`a shortened or lengthened proof of a ${name} is refused`, async () => {
    const good = bytesOf(file);
    for (const bad of [good.slice(0, -1), good.slice(1), Uint8Array.of(...good, 10)]) {
      assert.equal((await checkProofFile(bad, world.policy, quiet)).ok, false);
    }
  });
}

for (const [name, file] of Object.entries(world.golden)) {
  test(`the golden file ${name} is right, and every one-byte flip of it is refused`, async () => {
    const good = bytesOf(file);
    assert.equal((await checkProofFile(good, world.golden_policy, quiet)).fault, null);
    const passed = [];
    for (let at = 0; at < good.length; at += 1) {
      const bad = good.slice();
      bad[at] ^= 1;
      if ((await checkProofFile(bad, world.golden_policy, quiet)).ok) passed.push(at);
    }
    assert.deepEqual(passed, []);
  });
}

test("two heads of one size with different roots are a fork, however well they are signed", async () => {
  for (const policy of [world.policy, world.policy_with_witness]) {
    const result = await checkProofFile(bytesOf(world.forked), policy, quiet);
    assert.equal(result.failed, "state");
    assert.equal(result.fault.code, "forked");
  }
});

test("a policy line named like a member that every object has is refused", async () => {
  for (const word of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    const policy = `${world.policy}${word} x\n`;
    assert.equal((await checkProofFile(bytesOf(world.proofs.statement), policy, quiet)).failed, "file", word);
  }
});

test("a proof against another state's policy is refused", async () => {
  const result = await checkProofFile(bytesOf(world.proofs.statement), world.other_policy, quiet);
  assert.equal(result.failed, "state");
});

test("the live check of a published statement is right", async () => {
  const states = [];
  const result = await live({ tell: (id, state) => states.push(`${id} ${state}`) });
  assert.equal(result.fault, null);
  assert.equal(states.filter((state) => state.endsWith("right")).length, 8);
});

test("any altered byte of anything the live check reads turns it wrong", async () => {
  const read = new Set();
  const recording = async (origin, path) => {
    read.add(`${origin}/${path}`);
    return get(world.files)(origin, path);
  };
  const policy = world.policy_with_witness;
  await checkLive(world.subject, policy, policy, recording, noMemory, quiet);
  assert.ok(read.size >= 8, [...read].join(" "));
  const passed = [];
  const after = (files) => live({ policy, served: policy, files });
  for (const name of read) {
    const good = bytesOf(world.files[name]);
    // Tiles hold sibling hashes that a path of this leaf does not need: those need not be noticed.
    const places = name.includes("/tile/") ? [] : good.keys();
    for (const at of places) {
      const bad = good.slice();
      bad[at] ^= 1;
      if ((await after({ [name]: bad })).ok) passed.push(`${name} ${at}`);
    }
    if (name.includes("/tile/")) {
      const bad = good.map((byte) => byte ^ 1);
      if ((await after({ [name]: bad })).ok) passed.push(`${name} whole`);
    }
    assert.equal((await after({ [name]: good.slice(0, -1) })).ok, false, `${name} cut`);
    assert.equal((await after({ [name]: undefined })).ok, false, `${name} missing`);
  }
  assert.deepEqual(passed, []);
});

test("wrong hints never pass", async () => {
  const { at } = world.subject;
  for (const wrong of [{ entry: at.entry - 1 }, { key: at.key + 1 }, { head: at.head - 1 }, { entry: 1e6 }, { head: 0.5 }]) {
    assert.equal((await live({ subject: { at: { ...at, ...wrong } } })).ok, false, JSON.stringify(wrong));
  }
});

test("a figure on the page that is not in the document turns it wrong", async () => {
  const shown = structuredClone(world.subject.shown);
  shown[0][1] += 1;
  assert.equal((await live({ subject: { shown } })).failed, "figures");
  assert.equal((await live({ subject: { shown: world.subject.shown.slice(1) } })).failed, "figures");
});

test("a server that changes its policy turns it wrong; a further year does not", async () => {
  assert.equal((await live({ served: world.other_policy })).failed, "policy");
  assert.equal((await live({ served: world.other_policy, policy: world.other_policy })).ok, false);
  const more = `log ${world.other_vkey}\n${world.policy}`;
  assert.equal((await live({ served: more })).ok, true);
  assert.equal((await live({ served: world.policy, policy: world.policy_with_witness })).failed, "policy");
});

test("the witness that the reader asks for must have signed", async () => {
  const policy = world.policy_with_witness;
  assert.equal((await live({ policy, served: policy })).ok, true);
  const bare = world.state_note_without_witness;
  const files = { [`${world.subject.state}/checkpoint`]: bare };
  assert.equal((await live({ policy, served: policy, files })).failed, "state");
});

const strong = (note, policy, changes = {}) => {
  const text = world.strong.policies[policy];
  const files = { [`${world.subject.state}/checkpoint`]: world.strong.notes[note] };
  return live({ policy: text, served: text, files, ...changes });
};

test("groups of k of n count Ed25519 and ML-DSA-44 witnesses that have signed, and no other", async () => {
  const right = { "one of three": ["all", "no w1", "no w2"], "two of three": ["all"], "all of three": [], nested: ["all"], w2: ["all", "no w1"] };
  for (const [policy, notes] of Object.entries(right)) {
    for (const note of ["all", "no w1", "no w2"]) {
      const result = await strong(note, policy);
      assert.equal(result.failed, notes.includes(note) ? null : "state", `${policy}: ${note}`);
      if (result.ok) assert.deepEqual(result.context.state.unchecked, []);
    }
  }
  assert.deepEqual((await strong("all", "two of three")).context.state.witnesses, ["w1", "w2"]);
  assert.equal((await strong("bad w2", "one of three")).failed, "state", "a known key's wrong signature spoils the note");
});

test("a head signs with each of the two keys that the policy pins", async () => {
  assert.equal((await strong("all", "two keys")).failed, null);
  for (const note of ["no second", "no first", "second of another"]) {
    assert.equal((await strong(note, "two keys")).failed, "state", note);
  }
  assert.equal((await strong("all", "second key alone")).failed, "policy");
});

test("a second key that the server adds is no contradiction; one that it takes back is", async () => {
  const more = world.strong.log2 + world.policy;
  assert.equal((await live({ served: more })).ok, true);
  assert.equal((await strong("all", "two keys", { served: world.policy })).failed, "policy");
});

test("without its library an ML-DSA-44 signature is not checked, and never counts", async () => {
  const away = process.env.SAKSHI_JS_WITHOUT;
  const modules = (name) => import(pathToFileURL(`${away}/${name}`).href);
  const { checkLive: check } = await modules("live.js");
  const run = (note, policy) => {
    const text = world.strong.policies[policy];
    const files = { ...world.files, [`${world.subject.state}/checkpoint`]: world.strong.notes[note] };
    return check(world.subject, text, text, get(files), noMemory, quiet);
  };
  const one = await run("all", "one of three");
  assert.equal(one.fault, null);
  assert.deepEqual([one.context.state.witnesses, one.context.state.unchecked], [["w1"], ["w2"]]);
  const two = await run("all", "two keys");
  assert.deepEqual(two.context.state.unchecked, [`${world.subject.state} (ML-DSA-44)`]);
  assert.equal((await run("no second", "two keys")).failed, "state", "a missing line is seen all the same");
  for (const policy of ["two of three", "nested", "w2"]) assert.equal((await run("all", policy)).failed, "state", policy);
});

test("a state log that is not a continuation of the one seen before turns it wrong", async () => {
  const kept = [];
  const memory = (before) => ({ recall: () => before, keep: (...what) => kept.push(what) });
  assert.equal((await live({ memory: memory(world.earlier) })).ok, true);
  assert.equal(kept.length, 1);
  const forked = { ...world.earlier, root: "00".repeat(32) };
  assert.equal((await live({ memory: memory(forked) })).failed, "memory");
  assert.equal((await live({ memory: memory({ size: 1e6, root: world.earlier.root }) })).failed, "memory");
  assert.equal(kept.length, 1);
});

test("RFC 6962 paths and consistency agree with a tree computed from scratch", async () => {
  const leaves = Array.from({ length: 40 }, (_, n) => merkle.leafHash(Uint8Array.of(n)));
  const node = async (level, index) => {
    let row = leaves.slice(index * 2 ** level, (index + 1) * 2 ** level);
    while (row.length > 1) row = row.filter((_, n) => n % 2 === 0).map((left, n) => merkle.nodeHash(left, row[2 * n + 1]));
    return row[0];
  };
  for (let size = 1; size <= leaves.length; size += 1) {
    const root = await merkle.rootOf(size, node);
    for (let index = 0; index < size; index += 1) {
      const path = await merkle.buildInclusion(index, size, node);
      merkle.verifyInclusion(leaves[index], index, size, path, root);
      assert.throws(() => merkle.verifyInclusion(leaves[index], (index + 1) % size, size, path, size === 1 ? leaves[1] : root));
      assert.throws(() => merkle.rootFromInclusion(leaves[index], index, size, [...path, root]));
    }
    for (let old = 1; old <= size; old += 1) {
      const proof = await merkle.buildConsistency(old, size, node);
      const before = await merkle.rootOf(old, node);
      merkle.verifyConsistency(old, size, before, root, proof);
      assert.throws(() => merkle.verifyConsistency(old, size, leaves[0].map((byte) => byte ^ 1), root, proof));
    }
  }
});

test("one spelling only: base64, decimals, times, records, keys", () => {
  for (const bad of ["AAAAAAA", "AB==\n", "AB==", "A===", "AA", "-_8=", " AAA"]) {
    assert.throws(() => bytes.fromBase64(bad), bad);
  }
  for (const bad of ["01", "+1", "1.0", "9007199254740992", "", "-1", "1 "]) assert.throws(() => bytes.fromDecimal(bad, "size"));
  for (const bad of ["2026-02-30T00:00:00Z", "2026-06-01T08:00:00+00:00", "2026-06-01 08:00:00Z"]) assert.throws(() => bytes.checkTime(bad));
  for (const good of world.canonical) parseRecord(bytesOf(good));
  for (const bad of world.not_canonical) assert.throws(() => parseRecord(bytesOf(bad)), Buffer.from(bad, "base64").toString());
  for (const [raw, normal] of world.normalised) assert.equal(normaliseText(raw), normal);
  for (const bad of world.bad_vkeys) assert.throws(() => note.parseVkey(bad), bad);
});
