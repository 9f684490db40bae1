"""The console script `sakshi`: one sentence if only the auditors' part is installed."""

import sys


def main() -> None:
    """Run `web.cli`, or name what to install if a library of the server is missing."""
    try:
        from web import cli
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] in ("web", "trust", "voting"):
            raise
        sys.stderr.write(
            "This is the auditors' part of Sakshi (sakshi-audit, sakshi-witness). To run a server, "
            f"install it with [server], such as: pipx install 'sakshi[server]' ({error.name} is "
            "missing).\n"
        )
        sys.exit(2)
    cli.main()
