"""`sakshi-witness`: make a witness, show its keys, run it.

Only the standard library's option parser, so that it starts fast and stays small.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from audit.witness import keys, store
from audit.witness.server import Witness, WitnessServer, reload_aloud, say
from trust.formats.errors import SakshiError

_EPILOG = """Begin:

    sakshi-witness init witness.example/w1
    curl -o logs https://a-state.example/policy
    sakshi-witness serve --listen 127.0.0.1:7730 --logs logs

and give the line that `init` printed to the operator of the log. Never copy the state file back
from a backup and never run two copies: a witness that forgets can be made to vouch for a fork."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script; exit code 2 when something is missing or wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except FileExistsError as fault:
        sys.exit(_complain(f"{fault.filename} exists; it is never overwritten."))
    except (SakshiError, OSError, sqlite3.Error, UnicodeDecodeError) as fault:
        sys.exit(_complain(str(fault)))


def _complain(message: str) -> int:
    say(message)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sakshi-witness",
        description="A witness for transparency logs (C2SP tlog-witness).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True)
    init = commands.add_parser("init", help="make keys and an empty memory")
    init.add_argument("name", help="name of the witness, best an address without scheme")
    init.add_argument("--mldsa44", action="store_true", help="an ML-DSA-44 key beside Ed25519")
    init.set_defaults(run=_init)
    show = commands.add_parser("show", help="print the keys as lines of a trust policy")
    show.set_defaults(run=_show)
    serve = commands.add_parser("serve", help="answer requests; SIGHUP reads --logs again")
    serve.add_argument("--listen", default="127.0.0.1:7730", metavar="HOST:PORT")
    serve.add_argument("--prefix", default="", help="path before add-checkpoint")
    serve.add_argument(
        "--logs", type=Path, required=True, help="known logs: keys, or `log` lines of a policy"
    )
    serve.set_defaults(run=_serve)
    for command in (init, show, serve):
        command.add_argument("--key", type=Path, default=Path("witness.key"), help="key file")
    for command in (init, serve):
        command.add_argument("--state", type=Path, default=Path("witness.db"), help="memory")
    return parser


def _identity(witness_keys: keys.WitnessKeys) -> str:
    """What ties a state file to its keys."""
    return witness_keys.public()[0].format()


def _init(options: argparse.Namespace) -> None:
    if options.state.exists():
        raise store.StoreError(f"The state file {options.state} exists; it is never overwritten.")
    made = keys.make(options.key, options.name, mldsa44=options.mldsa44)
    store.create(options.state, _identity(made))
    _show(options)


def _show(options: argparse.Namespace) -> None:
    loaded = keys.load(options.key)
    for key in loaded.public():
        suffix = "" if key.type == 4 else "-mldsa44"
        sys.stdout.write(f"witness {key.name}{suffix} {key.format()}\n")


def _serve(options: argparse.Namespace) -> None:
    loaded = keys.load(options.key)
    memory = store.Store(options.state, _identity(loaded))
    witness = Witness(loaded, memory, options.logs)
    server = WitnessServer(_address(options.listen), witness, options.prefix)
    host, port = server.server_address[:2]
    sys.stdout.write(f"{loaded.name} listens on http://{_text(host)}:{port}{server.prefix}\n")
    sys.stdout.flush()
    signal.signal(signal.SIGHUP, lambda *_: reload_aloud(witness))
    signal.signal(signal.SIGTERM, _stop)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        memory.close()


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


def _text(host: Any) -> str:
    name = str(os.fsdecode(host))
    return f"[{name}]" if ":" in name else name


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise store.StoreError(f"{listen} is not an address to listen on: HOST:PORT.")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    main()
