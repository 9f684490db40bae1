// Bytes and their spellings. One value has one spelling: whatever would decode to the same bytes
// from another text is refused, or two different files would prove the same thing.

import { sha256 as hash } from "../../vendor/noble.js";

/** A protocol fault: `code` is a stable slug, the message an English sentence for the detail line. */
export class Fault extends Error {
  constructor(code, message) {
    super(message);
    this.name = "Fault";
    this.code = code;
  }
}

/** Refuse unless `condition` holds. */
export function expect(condition, code, message) {
  if (!condition) throw new Fault(code, message);
}

const ENCODER = new TextEncoder();

export const utf8 = (text) => ENCODER.encode(text);

export function fromUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Fault("utf-8", "The bytes are not UTF-8.");
  }
}

export const sha256 = (bytes) => hash(bytes);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function equal(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export function fromHex(text, length) {
  expect(/^(?:[0-9a-f]{2})*$/.test(text) && text.length === 2 * length, "hex",
    `A fingerprint is written with ${2 * length} lower-case hexadecimal digits.`);
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** Standard padded base64 in its one canonical spelling (RFC 4648 section 4). */
export function fromBase64(text) {
  expect(/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0, "base64", "This is not base64.");
  let raw;
  try {
    raw = atob(text);
  } catch {
    throw new Fault("base64", "This is not base64.");
  }
  expect(btoa(raw) === text, "base64", "This is not the canonical base64 spelling.");
  return Uint8Array.from(raw, (char) => char.charCodeAt(0));
}

export function fromBase64Hash(text) {
  const bytes = fromBase64(text);
  expect(bytes.length === 32, "hash-length", "A hash must be 32 bytes long.");
  return bytes;
}

/** A number in plain decimals, no sign, no leading zero, small enough to be exact here. */
export function fromDecimal(text, what) {
  expect(/^(?:0|[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)), "decimal",
    `A ${what} must be written in plain decimals.`);
  return Number(text);
}

const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;

/** Check a UTC time such as 2026-11-22T05:00:00Z; such texts sort as the times they name. */
export function checkTime(text) {
  const seconds = TIME.test(text) ? Date.parse(text) : Number.NaN;
  expect(!Number.isNaN(seconds) && new Date(seconds).toISOString().replace(".000Z", "Z") === text,
    "time", "A time must be written as 2026-11-22T05:00:00Z and exist.");
  return text;
}
