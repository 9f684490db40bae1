// Bytes, numbers, times and Ed25519 as docs/formats/verifying.md, section 1, has them.
import { createHash, createPublicKey, verify } from "node:crypto";

/** Something in the input is not as it must be. */
export class Wrong extends Error {}

export const need = (condition, text) => {
  if (!condition) throw new Wrong(text);
};

export const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export const concat = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

export function base64(text, length = null) {
  const bytes = Buffer.from(text, "base64");
  need(bytes.toString("base64") === text, `not canonical base64: ${text.slice(0, 60)}`);
  need(length === null || bytes.length === length, `not ${length} bytes in base64`);
  return bytes;
}

export function utf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Wrong("not UTF-8");
  }
}

export function decimal(text) {
  need(/^(0|[1-9][0-9]{0,18})$/.test(text), `not a decimal: ${text}`);
  const value = BigInt(text);
  need(value < 2n ** 63n, "a decimal above 2^63-1");
  need(value <= BigInt(Number.MAX_SAFE_INTEGER), "a decimal above 2^53-1: not read here");
  return Number(value);
}

/** Seconds since 1970 of `2026-11-22T05:00:00Z`. */
export function seconds(text) {
  need(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text), `not a time: ${text}`);
  const value = Date.parse(text);
  need(!Number.isNaN(value), `no such time: ${text}`);
  need(new Date(value).toISOString().replace(".000", "") === text, `no such time: ${text}`);
  return value / 1000;
}

/** The number of a day since 1970, of a date `2026-11-22`. */
export const dayNumber = (text) => seconds(`${text}T00:00:00Z`) / 86400;

/** The Indian day of a time, as the number of a day. */
export const indianDay = (time) => Math.floor((time + 19800) / 86400);

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const little = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const SMALL = new Set([
  0n,
  1n,
  P - 1n,
  little(Buffer.from("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "hex")),
  little(Buffer.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "hex")),
]);

/** Whether 32 bytes are a point in canonical form and not of small order. */
function goodPoint(bytes) {
  const y = little(bytes) & (2n ** 255n - 1n);
  return y < P && !SMALL.has(y);
}

/** Ed25519 by RFC 8032, strict. */
export function ed25519(key, message, signature) {
  if (key.length !== 32 || signature.length !== 64) return false;
  if (!goodPoint(key) || !goodPoint(signature.subarray(0, 32))) return false;
  if (little(signature.subarray(32)) >= L) return false;
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: Buffer.from(key).toString("base64url") };
    const made = createPublicKey({ key: jwk, format: "jwk" });
    return verify(null, message, made, signature);
  } catch {
    return false;
  }
}
