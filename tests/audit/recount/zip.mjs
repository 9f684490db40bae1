// The one form of zip that a package has: docs/formats.md, section 8.
import { concat, decimal, need, sha256, utf8 } from "./bytes.mjs";

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
  return c >>> 0;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = TABLE[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

const u16 = (...values) => {
  const out = Buffer.alloc(2 * values.length);
  values.forEach((value, i) => out.writeUInt16LE(value, 2 * i));
  return out;
};
const u32 = (...values) => {
  const out = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => out.writeUInt32LE(value, 4 * i));
  return out;
};
const u64 = (...values) => {
  const out = Buffer.alloc(8 * values.length);
  values.forEach((value, i) => out.writeBigUInt64LE(BigInt(value), 8 * i));
  return out;
};

/** From version needed to no extra field: the same in both headers. */
function fields(name, content) {
  const crc = u32(crc32(content), content.length, content.length);
  return concat(u16(20, 0x0800, 0, 0, 0x0021), crc, u16(Buffer.byteLength(name), 0));
}

/** The archive of these members, in their order. */
export function archive(members) {
  const [parts, directory] = [[], []];
  let offset = 0;
  for (const [name, content] of members) {
    const common = fields(name, content);
    const header = concat("PK\x03\x04", common, name);
    parts.push(header, content);
    const more = concat(u16(0, 0, 0), u32(0, offset), name);
    directory.push(concat("PK\x01\x02", u16(20), common, more));
    offset += header.length + content.length;
  }
  const [list, many] = [concat(...directory), directory.length];
  parts.push(list);
  if (many >= 65535) {
    parts.push(concat("PK\x06\x06", u64(44), u16(45, 45), u32(0, 0)));
    parts.push(u64(many, many, list.length, offset));
    parts.push(concat("PK\x06\x07", u32(0), u64(offset + list.length), u32(1)));
  }
  const shown = Math.min(many, 65535);
  parts.push(concat("PK\x05\x06", u16(0, 0, shown, shown), u32(list.length, offset), u16(0)));
  return Buffer.concat(parts);
}

/** The manifest over members that are sorted by name. */
export function manifest(members) {
  const rows = members.map(([name, content]) => {
    return `${sha256(content).toString("hex")}  ${content.length}  ${name}\n`;
  });
  const above = `sakshi-package/1\n${rows.join("")}`;
  return Buffer.from(`${above}end ${sha256(above).toString("hex")}\n`);
}

const PART = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Read a package: its members by name, after every byte of the file was compared. */
export function readPackage(bytes) {
  const start = 30 + "MANIFEST".length;
  const head = bytes.subarray(0, start).toString("latin1");
  need(head.startsWith("PK\x03\x04") && head.endsWith("MANIFEST"), "not an audit package");
  const mark = bytes.indexOf("\nend ", start);
  const end = mark + 1 + 4 + 64 + 1;
  need(mark >= 0 && end <= bytes.length, "MANIFEST is damaged: it has no end");
  const text = utf8(bytes.subarray(start, end));
  const [above, last] = [text.slice(0, mark + 1 - start), text.slice(mark + 1 - start)];
  need(last === `end ${sha256(above).toString("hex")}\n`, "MANIFEST is damaged: its hash fails");
  const [first, ...rows] = above.slice(0, -1).split("\n");
  need(first === "sakshi-package/1", "MANIFEST has another format");
  need(rows.length <= 1_000_000, "more than 1,000,000 members");
  const members = [["MANIFEST", bytes.subarray(start, end)]];
  let [at, before, total] = [end, "", 0];
  for (const row of rows) {
    const found = /^([0-9a-f]{64}) {2}(\d+) {2}(\S+)$/.exec(row);
    need(found, "a line of MANIFEST is not as it must be");
    const [, hash, length, name] = found;
    const parts = name.split("/");
    need(parts.length <= 5 && parts.every((part) => PART.test(part)), `a bad name: ${name}`);
    need(name > before && name !== "MANIFEST", `MANIFEST is not in order at ${name}`);
    const size = decimal(length);
    total += size;
    need(total <= 2 ** 31, "more than 2^31 bytes");
    at += 30 + name.length;
    const content = bytes.subarray(at, at + size);
    const same = content.length === size && sha256(content).toString("hex") === hash;
    need(same, `${name} is missing or damaged`);
    members.push([name, content]);
    [at, before] = [at + size, name];
  }
  const made = archive(members);
  need(made.equals(bytes), `a byte of the zip differs, ${differs(made, bytes)}`);
  return new Map(members);
}

function differs(a, b) {
  for (let i = 0; i < Math.max(a.length, b.length); i++) if (a[i] !== b[i]) return `at ${i}`;
  return "nowhere";
}
