// Signing in the reader's own browser (docs/formats.md section 5). What is signed names the kind and
// the log, so no signature can be used for anything else. Nothing here talks to the server: a seed
// or a key goes in, a signature comes out.

import { ed25519 } from "../vendor/noble.js";
import { base64, concat, expect, Fault, utf8 } from "./verify/bytes.js";
import { normaliseText, parseRecord } from "./verify/record.js";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LOOK_ALIKE = { O: "0", I: "1", L: "1" };
const SEED = 32;
const PREFIX = "SAKSHI1:";
const PKCS8 = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

function spell(value) {
  if (Array.isArray(value)) return `[${value.map(spell).join(",")}]`;
  if (value === null || typeof value !== "object") {
    return JSON.stringify(typeof value === "string" ? normaliseText(value) : value);
  }
  const members = Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${spell(value[key])}`);
  return `{${members.join(",")}}`;
}

/** The one byte string of a record; the verifier's own parser must accept what was written. */
export function canonical(record) {
  const bytes = utf8(spell(record));
  parseRecord(bytes);
  return bytes;
}

/** The bytes that are signed: prefix, kind, origin, canonical record without its signatures. */
export function message(kind, origin, record) {
  const { signatures: _left, ...body } = record;
  return concat(utf8(`sakshi/1 sign ${kind}\n${origin}\n`), canonical(body));
}

/** The record with one more signature, in the one order the format allows (by key). */
export async function signed(record, kind, origin, role, key) {
  const sig = await key.sign(message(kind, origin, record));
  const own = { key: base64(key.publicKey), role, sig: base64(sig) };
  const others = (record.signatures ?? []).filter((item) => item.key !== own.key);
  const all = [...others, own].sort((a, b) => (a.key < b.key ? -1 : 1));
  return { ...record, signatures: all };
}

/** 32 bytes as 52 characters of Crockford base32 in groups of four, as on a voting card. */
export function text32(bytes) {
  let bits = "";
  for (const byte of bytes) bits += byte.toString(2).padStart(8, "0");
  bits = bits.padEnd(Math.ceil(bits.length / 5) * 5, "0");
  const letters = bits.match(/.{5}/g).map((five) => ALPHABET[Number.parseInt(five, 2)]).join("");
  return letters.match(/.{1,4}/g).join("-");
}

/** Read what `text32` wrote; forgives case, spaces, hyphens and look-alike letters. */
export function parse32(text) {
  const letters = text.trim().toUpperCase().replace(PREFIX, "").replace(/[\s-]/g, "")
    .replace(/[OIL]/g, (letter) => LOOK_ALIKE[letter]);
  expect(letters.length === 52, "card-length", `The card has 52 characters; this has ${letters.length}.`);
  let bits = "";
  for (const letter of letters) {
    const value = ALPHABET.indexOf(letter);
    expect(value >= 0, "card-letter", `The character ${letter} does not occur on a card.`);
    bits += value.toString(2).padStart(5, "0");
  }
  expect(/^0+$/.test(bits.slice(SEED * 8)), "card-letter", "The last character of the card is wrong.");
  return Uint8Array.from(bits.slice(0, SEED * 8).match(/.{8}/g), (byte) => Number.parseInt(byte, 2));
}

/** A fresh random seed for a card. */
export const newSeed = () => crypto.getRandomValues(new Uint8Array(SEED));

/** A key from a seed, kept in the memory of this page only. */
export function keyOfSeed(seed) {
  expect(seed.length === SEED, "card-length", "A seed has 32 bytes.");
  return { publicKey: ed25519.getPublicKey(seed), sign: async (bytes) => ed25519.sign(bytes, seed) };
}

/** A key whose secret part the browser holds and gives to nobody, this page included. */
export function keyOfPair(publicKey, privateKey) {
  return {
    publicKey,
    privateKey,
    sign: async (bytes) => new Uint8Array(await crypto.subtle.sign("Ed25519", privateKey, bytes)),
  };
}

/** True where the browser can hold keys itself: an encrypted or local address, and Ed25519. */
export async function browserHoldsKeys() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    return true;
  } catch {
    return false;
  }
}

/** Put a seed where it can sign but can no longer be read. */
export async function lockSeed(seed) {
  const bytes = concat(Uint8Array.from(PKCS8), seed);
  const privateKey = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", false, ["sign"]);
  return keyOfPair(ed25519.getPublicKey(seed), privateKey);
}

/** A new key of this device; its secret part never exists outside the browser. */
export async function newDeviceKey() {
  if (!(await browserHoldsKeys())) throw new Fault("no-device-key", "This browser cannot hold a key here.");
  const pair = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return keyOfPair(publicKey, pair.privateKey);
}
