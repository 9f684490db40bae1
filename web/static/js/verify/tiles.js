// A log as files: tiles of 256 hashes and bundles of 256 entries (C2SP tlog-tiles, height 8).
// Nothing fetched is believed: tiles only serve to build paths, and paths are checked to the root.

import { concat, expect } from "./bytes.js";
import { buildConsistency, buildInclusion, nodeHash } from "./merkle.js";

const TILE = 256;

function tail(n, width) {
  let groups = String(n % 1000).padStart(3, "0");
  for (let rest = Math.floor(n / 1000); rest; rest = Math.floor(rest / 1000)) {
    groups = `x${String(rest % 1000).padStart(3, "0")}/${groups}`;
  }
  return width < TILE ? `${groups}.p/${width}` : groups;
}

export const tilePath = (level, n, width = TILE) => `tile/${level}/${tail(n, width)}`;
export const bundlePath = (n, width = TILE) => `tile/entries/${tail(n, width)}`;

/** Read exactly `count` entries that use up all bytes of a bundle. */
export function decodeBundle(data, count) {
  const entries = [];
  let at = 0;
  while (at < data.length) {
    expect(at + 2 <= data.length, "bundle", "The bundle breaks off inside an entry.");
    const end = at + 2 + data[at] * 256 + data[at + 1];
    expect(end <= data.length, "bundle", "The bundle breaks off inside an entry.");
    entries.push(data.slice(at + 2, end));
    at = end;
  }
  expect(entries.length === count, "bundle", `The bundle holds ${entries.length} entries instead of ${count}.`);
  return entries;
}

function fold(row) {
  while (row.length > 32) {
    const next = [];
    for (let at = 0; at < row.length; at += 64) {
      next.push(nodeHash(row.slice(at, at + 32), row.slice(at + 32, at + 64)));
    }
    row = concat(...next);
  }
  return row;
}

/**
 * One log at one size.
 * `get(path)` fetches bytes below the log's prefix, for example `tile/0/000.p/7`.
 */
export class LogReader {
  #tiles = new Map();

  constructor(size, get) {
    this.size = size;
    this.get = get;
    this.node = this.node.bind(this);
  }

  /** Hash of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level). */
  async node(level, index) {
    expect((index + 1) * 2 ** level <= this.size, "proof", "The tree has no such part.");
    const rest = level % 8;
    const first = index * 2 ** rest;
    const tile = await this.#tile((level - rest) / 8, Math.floor(first / TILE));
    const start = (first % TILE) * 32;
    return fold(tile.slice(start, start + 32 * 2 ** rest));
  }

  async #tile(level, n) {
    const width = Math.min(TILE, Math.floor(this.size / TILE ** level) - n * TILE);
    const path = tilePath(level, n, width);
    if (!this.#tiles.has(path)) {
      const data = await this.get(path);
      expect(data.length === 32 * width, "tile-length",
        `${path} should have ${32 * width} bytes but has ${data.length}.`);
      this.#tiles.set(path, data);
    }
    return this.#tiles.get(path);
  }

  /** The bytes of one entry, from its bundle. */
  async entry(index) {
    expect(Number.isSafeInteger(index) && index >= 0 && index < this.size, "proof",
      `A log of ${this.size} entries has no entry ${index}.`);
    const n = Math.floor(index / TILE);
    const width = Math.min(TILE, this.size - n * TILE);
    return decodeBundle(await this.get(bundlePath(n, width)), width)[index % TILE];
  }

  /** Entries from `start` to before `stop` as [index, bytes], each bundle fetched once. */
  async entries(start, stop) {
    const found = [];
    for (let n = Math.floor(start / TILE); start < stop && n * TILE < stop; n += 1) {
      const width = Math.min(TILE, this.size - n * TILE);
      const bundle = decodeBundle(await this.get(bundlePath(n, width)), width);
      bundle.forEach((bytes, at) => {
        const index = n * TILE + at;
        if (index >= start && index < stop) found.push([index, bytes]);
      });
    }
    return found;
  }

  inclusion(index) {
    return buildInclusion(index, this.size, this.node);
  }

  consistency(old) {
    return buildConsistency(old, this.size, this.node);
  }
}
