"""What a monitor remembers of a log and of the heads it still has to check; the tables for it."""

from dataclasses import dataclass

from trust.formats.merkle import EMPTY_ROOT

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE log (
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, vkey TEXT,
  valid_from INTEGER NOT NULL, valid_to INTEGER, key_state TEXT, key_index INTEGER,
  size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT, last_time INTEGER NOT NULL,
  read INTEGER NOT NULL, read_time INTEGER NOT NULL,
  head_size INTEGER NOT NULL, head_root BLOB NOT NULL, head_note TEXT,
  visited INTEGER NOT NULL, verified INTEGER NOT NULL, recheck INTEGER NOT NULL,
  closed INTEGER, next TEXT, next_key TEXT, given_up INTEGER);
CREATE TABLE node (
  log INTEGER NOT NULL, level INTEGER NOT NULL, idx INTEGER NOT NULL, hash BLOB NOT NULL,
  PRIMARY KEY (log, level, idx)) WITHOUT ROWID;
CREATE TABLE head (
  state TEXT NOT NULL, idx INTEGER NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL,
  root BLOB NOT NULL, note TEXT NOT NULL, PRIMARY KEY (state, idx)) WITHOUT ROWID;
CREATE INDEX head_origin ON head (origin, size);
CREATE TABLE seen (
  origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY (origin, size)) WITHOUT ROWID;
CREATE TABLE waiting (
  origin TEXT NOT NULL, what TEXT NOT NULL, size INTEGER NOT NULL, since INTEGER NOT NULL,
  PRIMARY KEY (origin, what)) WITHOUT ROWID;
CREATE TABLE finding (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, origin TEXT NOT NULL, idx INTEGER,
  scope TEXT NOT NULL, message TEXT NOT NULL, evidence TEXT NOT NULL, first INTEGER NOT NULL,
  last INTEGER NOT NULL, closed INTEGER, acknowledged INTEGER NOT NULL DEFAULT 0,
  told INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, scope));
CREATE INDEX finding_scope ON finding (scope);
CREATE INDEX finding_kind ON finding (kind, origin);
"""

LATER = """
CREATE TABLE IF NOT EXISTS witness_head (
  name TEXT NOT NULL, origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
  note TEXT NOT NULL, PRIMARY KEY (origin, name, size)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS suspect (
  log INTEGER NOT NULL, level INTEGER NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (log, level, n)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ahead (
  cause TEXT NOT NULL, origin TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  entries INTEGER NOT NULL, until INTEGER NOT NULL, lead INTEGER NOT NULL,
  PRIMARY KEY (cause, origin)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS finding_origin ON finding (origin, closed);
CREATE INDEX IF NOT EXISTS log_visited ON log (visited, id);
"""
"""What came after the first state files were made; an old file gets it when it is opened."""


@dataclass(slots=True)
class LogState:
    """What is remembered of one log. Times are UTC seconds by the monitor's clock, except
    `last_time` and `read_time`: the times the last entry states (verified, and as read so far).

    Attributes:
        size: entries under the last verified head (`root`, `note`).
        read: entries hashed so far, at least `size`; beyond it nothing is verified yet.
        head_size: size of the last head in the state log that was checked against the entries.
        recheck: the next bundle to be read again.
        closed: position of its `log-closed` entry; `next` is the log in which it goes on.
        given_up: size of the last head that an `abandonment` in the state log names.
    """

    id: int
    origin: str
    kind: str
    vkey: str | None = None
    valid_from: int = 0
    valid_to: int | None = None
    key_state: str | None = None
    key_index: int | None = None
    size: int = 0
    root: bytes = EMPTY_ROOT
    note: str | None = None
    last_time: int = 0
    read: int = 0
    read_time: int = 0
    head_size: int = 0
    head_root: bytes = EMPTY_ROOT
    head_note: str | None = None
    visited: int = 0
    verified: int = 0
    recheck: int = 0
    closed: int | None = None
    next: str | None = None
    next_key: str | None = None
    given_up: int | None = None


@dataclass(frozen=True, slots=True)
class PendingHead:
    """A head that stands in a state log at `index` and was not yet checked."""

    state: str
    index: int
    origin: str
    size: int
    root: bytes
    note: str
