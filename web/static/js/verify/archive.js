// An audit package (docs/formats.md section 8): a zip made only one way, stored, in the order of
// its manifest. The manifest decides; whatever differs from it is named.

import { equal, expect, fromHex, fromUtf8, hex, sha256, utf8 } from "./bytes.js";

const FIRST = "sakshi-package/1\n";
const LOCAL = Uint8Array.of(0x50, 0x4b, 0x03, 0x04);
const LOCAL_SIZE = 30;
const MANIFEST = "MANIFEST";
const LINE = /^([0-9a-f]{64})  (0|[1-9][0-9]{0,12})  ([A-Za-z0-9._/-]{1,255})$/;

/** Files by name; every one is named by the manifest with its size and hash, and nothing else is. */
export function readArchive(bytes) {
  const start = LOCAL_SIZE + MANIFEST.length;
  const manifest = fromUtf8(bytes.slice(start, manifestEnd(bytes, start)));
  const files = new Map();
  let at = member(bytes, 0, MANIFEST, utf8(manifest).length);
  for (const { name, size, digest } of parseManifest(manifest)) {
    const end = member(bytes, at, name, size);
    const content = bytes.slice(end - size, end);
    expect(equal(sha256(content), digest), "member", `The file ${name} in the package is not the one its manifest names.`);
    files.set(name, content);
    at = end;
  }
  expect(equal(bytes.slice(at, at + 4), Uint8Array.of(0x50, 0x4b, 0x01, 0x02)), "archive",
    "The package holds a file that its manifest does not name, or breaks off.");
  return files;
}

function manifestEnd(bytes, start) {
  const head = utf8(FIRST);
  expect(equal(bytes.slice(start, start + head.length), head), "archive", "This is not an audit package, or its beginning is damaged.");
  const mark = utf8("\nend ");
  for (let at = start; at + mark.length < bytes.length; at += 1) {
    if (bytes[at] === 0x0a && equal(bytes.slice(at, at + mark.length), mark)) return at + mark.length + 65;
  }
  expect(false, "archive", "The manifest of the package has no end.");
  return 0;
}

function parseManifest(text) {
  const at = text.lastIndexOf("end ");
  const above = text.slice(0, at);
  expect(text === `${above}end ${hex(sha256(utf8(above)))}\n`, "manifest",
    "The manifest of the package is damaged: the hash in its last line is not its own.");
  const listed = above.slice(FIRST.length, -1).split("\n").map((row) => {
    const found = LINE.exec(row);
    expect(found && found[3] !== MANIFEST, "manifest", "A line of the manifest is not: hash, size, name.");
    return { digest: fromHex(found[1], 32), size: Number(found[2]), name: found[3] };
  });
  const sorted = listed.every(({ name }, at) => at === 0 || listed[at - 1].name < name);
  expect(sorted, "manifest", "The manifest is not in order of name, or names a file twice.");
  return listed;
}

/** Check the header of a member; returns where its content ends. */
function member(bytes, at, name, size) {
  const raw = utf8(name);
  const end = at + LOCAL_SIZE + raw.length + size;
  const place = `the header before ${name}`;
  expect(end <= bytes.length && equal(bytes.slice(at, at + 4), LOCAL), "archive", `The package breaks off or is damaged at ${place}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, LOCAL_SIZE);
  const said = [view.getUint16(8, true), view.getUint32(18, true), view.getUint32(22, true), view.getUint16(26, true), view.getUint16(28, true)];
  expect(equal(said, [0, size, size, raw.length, 0]), "archive", `The package is damaged or altered at ${place}.`);
  expect(equal(bytes.slice(at + LOCAL_SIZE, at + LOCAL_SIZE + raw.length), raw), "archive", `The package is damaged or altered at ${place}.`);
  return end;
}
