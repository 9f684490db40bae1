"""The rule files that come with the platform, read once (their form: `voting/pure/rules`)."""

from functools import cache
from importlib import resources

from voting.pure.rules import RuleBook, read_book


@cache
def standard() -> RuleBook:
    """All `voting/rules/*.toml`; raises RuleFileError when one is malformed."""
    folder = resources.files("voting").joinpath("rules")
    files = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return read_book(folder.joinpath(name).read_text(encoding="utf-8") for name in files)
