"""`sakshi-witness`: make a witness, show its keys, run it.

Only the standard library's option parser, and each command imports what it needs when it is run: a
witness that serves for a year shall hold nothing in memory that it does not use.
"""

import argparse
import os
import signal
import sqlite3
import sys
from collections.abc import Sequence

from trust.formats.errors import SakshiError

_EPILOG = """Begin:

    sakshi-witness init witness.example/w1
    curl -o policy https://a-state.example/policy
    sakshi-witness serve --listen 127.0.0.1:7730 --logs policy --follow https://a-state.example

and give the line that `init` printed to the operator of the log. With --follow every log that the
state log names is witnessed, new ones and next year's too. Never copy the state file back from a
backup and never run two copies: a witness that forgets can be made to vouch for a fork."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point of the console script; exit code 2 when something is missing or wrong."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except FileExistsError as error:
        sys.exit(_complain(f"{error.filename} exists; it is never overwritten."))
    except (SakshiError, OSError, sqlite3.Error, UnicodeDecodeError) as error:
        sys.exit(_complain(str(error)))


def _complain(message: str) -> int:
    sys.stderr.write(f"{message}\n")
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sakshi-witness",
        description="A witness for transparency logs (C2SP tlog-witness).",
        epilog=_EPILOG,
        formatter_class=_formatter,
    )
    commands = parser.add_subparsers(required=True)
    init = commands.add_parser(
        "init", formatter_class=_formatter, help="make keys and an empty memory"
    )
    init.add_argument("name", help="name of the witness, best an address without scheme")
    init.add_argument("--mldsa44", action="store_true", help="an ML-DSA-44 key beside Ed25519")
    init.set_defaults(run=_init)
    show = commands.add_parser(
        "show", formatter_class=_formatter, help="print the keys as lines of a trust policy"
    )
    show.set_defaults(run=_show)
    serve = commands.add_parser(
        "serve", formatter_class=_formatter, help="answer requests; SIGHUP reads --logs again"
    )
    serve.add_argument("--listen", default="127.0.0.1:7730", metavar="HOST:PORT")
    serve.add_argument("--prefix", default="", help="path before add-checkpoint")
    serve.add_argument("--logs", required=True, help="known logs: keys, or a policy's `log` lines")
    serve.set_defaults(run=_serve)
    follow = commands.add_parser(
        "follow",
        formatter_class=_formatter,
        help="learn now which logs the known state logs name; `serve --follow` does it",
    )
    follow.add_argument("follow", nargs="+", metavar="URL", help="address of a State or a mirror")
    follow.set_defaults(run=_follow)
    serve.add_argument(
        "--follow",
        action="append",
        default=[],
        metavar="URL",
        help="address of a State or a mirror: know every log that its known state log names",
    )
    for command in (init, show, serve):
        command.add_argument("--key", default="witness.key", help="key file")
    for command in (init, serve, follow):
        command.add_argument("--state", default="witness.db", help="memory")
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    # A width, because argparse would load shutil and three compressors to ask for the terminal's.
    return argparse.RawDescriptionHelpFormatter(prog, width=100)


def _init(options: argparse.Namespace) -> None:
    from audit.witness import keys, store

    if os.path.exists(options.state):
        raise store.StoreError(f"The state file {options.state} exists; it is never overwritten.")
    made = keys.make(options.key, options.name, mldsa44=options.mldsa44)
    store.create(options.state, made.identity())
    _show(options)


def _show(options: argparse.Namespace) -> None:
    from audit.witness import keys

    for line in keys.load(options.key).lines():
        sys.stdout.write(line)


def _follow(options: argparse.Namespace) -> None:
    from audit.witness import follow, store

    memory = store.Store(options.state, None)
    try:
        sys.exit(0 if follow.follow(memory, options.follow, _say) else 1)
    finally:
        memory.close()


def _serve(options: argparse.Namespace) -> None:
    # SHA-256 is built into Python as well, as fast for a node of a tree; OpenSSL, which hashlib
    # prefers where it is, would be a fifth of this process's memory.
    sys.modules.setdefault("_hashlib", None)  # type: ignore[arg-type]
    from audit.witness import keys, server, store
    from audit.witness.witness import Witness, reload_aloud

    loaded = keys.load(options.key)
    memory = store.Store(options.state, loaded.identity())
    witness = Witness(loaded, memory, options.logs)
    serving = server.WitnessServer(_address(options.listen), witness, options.prefix)
    following = None
    if options.follow:
        from audit.witness.following import Following

        following = Following(memory, options.state, options.follow)
    hangups: list[int] = []

    def tick() -> None:
        if hangups:
            hangups.clear()
            reload_aloud(witness, server.say)
        if following is not None:
            following.tick()

    serving.on_tick = tick
    host, port = serving.server_address
    host = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"{loaded.name} listens on http://{host}:{port}{serving.prefix}\n")
    sys.stdout.flush()
    signal.set_wakeup_fd(serving.wakeup.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGHUP, lambda number, _: hangups.append(number))
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: serving.shutdown())
    try:
        serving.serve_forever()
    finally:
        serving.server_close()
        if following is not None:
            following.close()
        memory.close()


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise SakshiError(f"{listen} is not an address to listen on: HOST:PORT.", code="listen")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    main()
