// An operator who cheats: the same packages, changed, and signed again with keys of her own.
//
// She holds the keys of the logs and of the state log, and no key of a member or an officer. So
// hashes and heads come out right, and only the recount can tell what she did.
import { generateKeyPairSync, sign } from "node:crypto";
import { concat, sha256 } from "./bytes.mjs";
import { Package, parseBundle } from "./package.mjs";
import { canonical, parseCanonical } from "./record.mjs";
import { leafHash, rootOf } from "./tree.mjs";
import { archive, manifest } from "./zip.mjs";

class LogKey {
  constructor(name) {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const raw = Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url");
    const blob = concat(Buffer.of(1), raw);
    Object.assign(this, { name, privateKey, id: sha256(`${name}\n`, blob).subarray(0, 4) });
    this.vkey = `${name}+${this.id.toString("hex")}+${blob.toString("base64")}`;
  }

  note(size, root) {
    const text = `${this.name}\n${size}\n${root.toString("base64")}\n`;
    const blob = concat(this.id, sign(null, Buffer.from(text), this.privateKey));
    return Buffer.from(`${text}\n\u2014 ${this.name} ${blob.toString("base64")}\n`);
  }
}

const below = (n) => 2 ** Math.floor(Math.log2(n - 1));

function path(leaves, index) {
  if (leaves.length === 1) return [];
  const k = below(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  if (index < k) return [...path(left, index), rootOf(right)];
  return [...path(right, index - k), rootOf(left)];
}

function consistency(leaves, m, whole = true) {
  const n = leaves.length;
  if (m === n) return whole ? [] : [rootOf(leaves)];
  const k = below(n);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  if (m <= k) return [...consistency(left, m, whole), rootOf(right)];
  return [...consistency(right, m - k, false), rootOf(left)];
}

export function line(kind, at, commitment) {
  return Buffer.from(`sakshi/1 ${kind} ${at} ${commitment.toString("base64")}`);
}

/** A package taken apart: entries with document, or with record and salt, to be changed. */
export class Draft {
  constructor(name, bytes) {
    const pack = new Package(name, bytes);
    Object.assign(this, { name, origin: pack.origin, files: new Map(pack.files) });
    this.keyRecord = parseCanonical(pack.get("state/key-record"));
    this.keyTime = parseBundle(pack.get("log/entries"))[0].at;
    this.sizes = pack.below("log/earlier/").map((file) => Number(file.split("/")[2]));
    this.sizes.sort((a, b) => a - b);
    this.entries = parseBundle(pack.get("log/entries")).map(({ kind, at, index, commitment }) => {
      const hex = commitment.toString("hex");
      const entry = { kind, at, commitment };
      if (pack.has(`doc/${hex}`)) entry.document = parseCanonical(pack.get(`doc/${hex}`));
      const opening = `openings/${index}.json`;
      if (pack.has(opening)) entry.opening = parseCanonical(pack.get(opening));
      return entry;
    });
    for (const file of this.files.keys()) {
      if (/^(doc|openings|log|state|proof|MANIFEST|policy)\b/.test(file)) this.files.delete(file);
    }
  }

  find(kind, nth = 0) {
    return this.entries.filter((entry) => entry.kind === kind)[nth];
  }

  /** Seal another record in the place of a private one. */
  rewrite(entry, change) {
    const record = { ...parseCanonical(Buffer.from(entry.opening.record)) };
    change(record);
    entry.opening = { ...entry.opening, record: canonical(record) };
    const salt = Buffer.from(entry.opening.salt, "base64");
    entry.commitment = sha256(`sakshi/1 private ${entry.kind}\n`, salt, entry.opening.record);
  }

  /** Name the places of that book log anew, where entries before them were changed. */
  follow(society) {
    for (const { document } of this.entries) {
      if (document?.book_origin !== society.origin) continue;
      const { book_size: size } = document;
      document.book_root = rootOf(society.leaves.slice(0, size)).toString("base64");
    }
  }

  /** Entries, documents and openings as files; the head and the earlier ones, signed. */
  seal() {
    this.key = new LogKey(this.origin);
    const { files } = this;
    const bytes = this.entries.map((entry, index) => {
      if (entry.document) {
        const document = Buffer.from(canonical(entry.document));
        entry.commitment = sha256(document);
        files.set(`doc/${entry.commitment.toString("hex")}`, document);
      }
      if (entry.opening) {
        files.set(`openings/${index}.json`, Buffer.from(canonical(entry.opening)));
      }
      return line(entry.kind, entry.at, entry.commitment);
    });
    const leaves = bytes.map((entry) => leafHash(entry));
    const length = (entry) => Buffer.of(entry.length >> 8, entry.length & 255);
    const framed = bytes.flatMap((entry) => [length(entry), entry]);
    files.set("log/entries", concat(...framed));
    files.set("log/leaves", concat(...leaves));
    this.leaves = leaves;
    const sizes = [...this.sizes.filter((size) => size < leaves.length), leaves.length];
    this.heads = sizes.map((size) => [size, this.key.note(size, rootOf(leaves.slice(0, size)))]);
    this.heads.forEach(([size, note], i) => {
      files.set(i + 1 < sizes.length ? `log/earlier/${size}` : "log/checkpoint", note);
      if (i === 0) return;
      const rows = consistency(leaves.slice(0, size), sizes[i - 1]);
      const proof = rows.map((hash) => `${hash.toString("base64")}\n`).join("");
      files.set(`proof/consistency/${sizes[i - 1]}-${size}`, Buffer.from(proof));
    });
    const record = Buffer.from(canonical({ ...this.keyRecord, vkey: this.key.vkey }));
    files.set("state/key-record", record);
    files.set("state/key-entry", line("log-key", this.keyTime, sha256(record)));
  }

  zip() {
    const members = [...this.files].sort(([a], [b]) => (a < b ? -1 : 1));
    return archive([["MANIFEST", manifest(members)], ...members]);
  }
}

/** Seal a meeting and its society under one new state log: packages, and a policy that pins it. */
export function sealed(drafts) {
  const state = parseCanonical(drafts[0].files.get("package.json")).state;
  const key = new LogKey(state);
  const [entries, wanted] = [[], []];
  const add = (draft, name, entry) => {
    wanted.push([draft, name, entries.length]);
    entries.push(entry);
  };
  const [meeting, society] = drafts;
  society.seal();
  meeting.follow(society);
  meeting.seal();
  for (const draft of drafts) {
    add(draft, "state/key.tlog-proof", draft.files.get("state/key-entry"));
    for (const [size, note] of draft.heads) add(draft, `state/heads/${size}.tlog-proof`, note);
  }
  const leaves = entries.map((entry) => leafHash(entry));
  const note = key.note(leaves.length, rootOf(leaves));
  for (const [draft, name, index] of wanted) {
    const rows = path(leaves, index).map((hash) => `${hash.toString("base64")}\n`).join("");
    const proof = `c2sp.org/tlog-proof@v1\nindex ${index}\n${rows}\n`;
    draft.files.set(name, concat(proof, note));
  }
  const policy = Buffer.from(`log ${key.vkey}\nquorum none\n`);
  for (const draft of drafts) {
    draft.files.set("state/checkpoint", note);
    draft.files.set("policy", policy);
  }
  return { policy, packages: drafts.map((draft) => [draft.name, draft.zip()]) };
}

/** A signature of a key that nobody bound. */
export function strangerSigns(record, origin) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url").toString("base64");
  const { signatures, ...rest } = record;
  const message = Buffer.from(`sakshi/1 sign ballot\n${origin}\n${canonical(rest)}`);
  const made = sign(null, message, privateKey).toString("base64");
  return [{ key, role: signatures[0].role, sig: made }];
}
