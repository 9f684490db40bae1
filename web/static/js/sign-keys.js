// Where this browser keeps keys: IndexedDB, as objects that sign but cannot be read. A card that was
// typed is kept until signing out; a key made for this device stays on it. Where the browser cannot
// hold keys (no encrypted address), a card lives in the memory of the open page and nowhere else.

import { base64 } from "./verify/bytes.js";
import { browserHoldsKeys, keyOfPair, keyOfSeed, lockSeed, parse32 } from "./sign.js";

const STORE = "keys";
const here = new Map();

function request(asked) {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function store(mode) {
  const opening = indexedDB.open("sakshi", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "public" });
  const database = await request(opening);
  return database.transaction(STORE, mode).objectStore(STORE);
}

/** Keep a key under its public part. `medium`: card (until signing out) or device. */
export async function keep(key, medium) {
  const name = base64(key.publicKey);
  here.set(name, key);
  if (key.privateKey) {
    await request((await store("readwrite")).put({ public: name, privateKey: key.privateKey, medium, at: Date.now() }));
  }
}

/** The key of that public part (base64), or null if this browser does not have it. */
export async function recall(name) {
  if (here.has(name)) return here.get(name);
  if (!(await browserHoldsKeys())) return null;
  const found = await request((await store("readonly")).get(name));
  if (!found) return null;
  return keyOfPair(Uint8Array.from(atob(name), (char) => char.charCodeAt(0)), found.privateKey);
}

/** Public parts (base64) of the kept keys of a medium, the newest first. */
export async function listed(medium) {
  if (!(await browserHoldsKeys())) return [];
  const all = await request((await store("readonly")).getAll());
  return all.filter((item) => item.medium === medium).sort((a, b) => b.at - a.at).map((item) => item.public);
}

/** Forget one key. */
export async function forget(name) {
  here.delete(name);
  if (globalThis.indexedDB && globalThis.isSecureContext) await request((await store("readwrite")).delete(name));
}

/** Signing out: every typed card goes; keys made for this device stay. */
export async function forgetCards() {
  here.clear();
  for (const name of await listed("card")) await forget(name);
}

/** The key of a typed card, kept as safely as this browser can. */
export async function keyOfCard(text) {
  const seed = parse32(text);
  const key = (await browserHoldsKeys()) ? await lockSeed(seed) : keyOfSeed(seed);
  if (key.privateKey) seed.fill(0);
  await keep(key, "card");
  return key;
}
