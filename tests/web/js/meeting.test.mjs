// Run by tests/web/js/test_meeting_module.py, which writes the scenes of meetings.py as JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const load = (name) => import(pathToFileURL(`${process.env.SAKSHI_JS}/${name}`).href);
const scenes = JSON.parse(readFileSync(process.env.SAKSHI_SCENES, "utf8"));
const bytesOf = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const { checkMeeting, countedOf, unseen } = await load("meeting.js");
const quiet = () => {};
const check = (scene, changes = {}) => checkMeeting(
  changes.bytes ?? bytesOf(scene.package), changes.policy ?? scene.policy, { origin: changes.origin ?? scene.origin }, quiet);

for (const scene of scenes) {
  test(`${scene.name}: the same verdict and the same reasons as the server's own rules`, async () => {
    const result = await check(scene);
    assert.equal(result.decided, scene.right, result.fault?.message);
    if (scene.reasons !== null && !["package", "state", "meeting_key", "meeting_head", "meeting_log", "roll"].includes(result.failed)) {
      assert.deepEqual(result.context.judged.map(({ index, reason }) => [index, reason]), scene.reasons);
    }
  });
}

test("a ballot that nobody can open leaves the count undecided, and is no forgery", async () => {
  const { ok, decided, context } = await check(scenes.find(({ name }) => name === "not_open"));
  assert.deepEqual([ok, decided, unseen(context).closed], [true, false, 1]);
});

const honest = scenes.find(({ name }) => name === "honest");

test("a voter finds her own vote in the count, and what is not checked is known", async () => {
  const { context } = await check(honest);
  assert.deepEqual([...countedOf(context, 2)], [[1, "yes"]]);
  assert.deepEqual([...countedOf(context, 6)], []);
  assert.deepEqual(unseen(context), { closed: 0, assisted: true });
});

test("a flip of any seventh byte of a package is refused, and so is a longer or shorter one", async () => {
  const good = bytesOf(honest.package);
  const passed = [];
  const end = good.length - directory(good);
  for (let at = 3; at < end; at += 7) {
    const bad = good.slice();
    bad[at] ^= 0x20;
    if ((await check(honest, { bytes: bad })).ok && !isChecksum(good, at)) passed.push(at);
  }
  assert.deepEqual(passed, []);
  for (const bad of [good.slice(0, end - 1), good.slice(1), new Uint8Array(0)]) {
    assert.equal((await check(honest, { bytes: bad })).ok, false);
  }
});

/** Bytes of the directory behind the files, which repeats what the headers say. */
function directory(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getUint32(bytes.length - 10, true) + 22;
}

/** CRCs, dates and versions of zip headers: the manifest's SHA-256 stands for the contents. */
function isChecksum(bytes, at) {
  for (let start = at; start >= Math.max(0, at - 29); start -= 1) {
    if (bytes[start] === 0x50 && bytes[start + 1] === 0x4b && bytes[start + 2] === 3 && bytes[start + 3] === 4) return true;
  }
  return false;
}

test("another meeting's package and another State's key are refused", async () => {
  const [other] = scenes.filter(({ name }) => name === "by lot 1");
  assert.equal((await check(honest, { origin: other.origin })).failed, "package");
  assert.equal((await check(honest, { policy: other.policy })).failed, "state");
});
