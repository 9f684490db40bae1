"""Settings: every `SAKSHI_*` variable, its default and its meaning, in one place.

The embedded default needs none of them: one process, SQLite, files under `var/`. At state scale
only these values change, never code (docs/operations.md lists them; a test compares).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from trust import secretfile
from trust.formats.errors import SakshiError


class SettingError(SakshiError):
    """A variable that must be a number is not one."""

    default_code = "setting"
    text = "{name} must be a number from 0, not “{found}”."


class ProxiesError(SakshiError):
    """A word of SAKSHI_PROXIES is neither an address nor a network."""

    default_code = "proxies"
    text = (
        "SAKSHI_PROXIES lists addresses (192.0.2.1), networks (10.0.0.0/8) and the word unix; "
        "“{found}” is none of these. A network is written with its first address."
    )


class SecretFileError(SakshiError):
    """A file that a setting names is no secret that can be read."""

    default_code = "secret-file"
    text = "{name} names {path}, which cannot be read or is empty. It must hold one line."


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may choose. Paths are absolute; durations are seconds."""

    home: Path
    database: str
    broker: str
    signer: str
    signer_home: Path
    public_url: str
    session_secret: str = field(repr=False)
    register_secret: str = field(repr=False)
    argon2_memory_kib: int
    receipt_timeout: float
    log_level: str
    secure_cookies: bool
    witness_policy: str
    witness_own: str
    witness_wait: float
    mldsa: bool = False
    grease: bool = False
    tsa_url: str = ""
    witness_sweep: str = ""
    bind: str = ""
    h2c: bool = False
    proxies: str = ""
    signer_wait: float = 60.0

    @property
    def https_only(self) -> bool:
        """Whether cookies are sent over https alone."""
        return self.secure_cookies or self.public_url.startswith("https:")

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment; makes `home` and the two secrets beside the data if they are
        missing.

        Raises SettingError when a variable that must be a number is none, SecretFileError when a
        file that must hold a password does not.
        """
        env = os.environ if environ is None else environ
        home = Path(env.get("SAKSHI_HOME", "var")).resolve()
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # it holds the members' names
        return cls(
            home=home,
            database=_database(env, home),
            broker=env.get("SAKSHI_BROKER", "memory://"),
            signer=env.get("SAKSHI_SIGNER", "pipe"),
            signer_home=Path(env.get("SAKSHI_SIGNER_HOME", str(home / "signer"))).resolve(),
            public_url=env.get("SAKSHI_PUBLIC_URL", "").rstrip("/"),
            session_secret=env.get("SAKSHI_SESSION_SECRET")
            or secretfile.made_once(home / "session.key"),
            register_secret=env.get("SAKSHI_REGISTER_SECRET")
            or secretfile.made_once(home / "register.key"),
            argon2_memory_kib=int(_number(env, "SAKSHI_ARGON2_MEMORY_KIB", "19456")),
            receipt_timeout=_number(env, "SAKSHI_RECEIPT_TIMEOUT", "5"),
            log_level=env.get("SAKSHI_LOG_LEVEL", "INFO"),
            secure_cookies=env.get("SAKSHI_SECURE_COOKIES", "0") == "1",
            witness_policy=env.get("SAKSHI_WITNESS_POLICY", ""),
            witness_own=env.get("SAKSHI_WITNESS_OWN", ""),
            witness_wait=_number(env, "SAKSHI_WITNESS_WAIT", "2"),
            mldsa=env.get("SAKSHI_MLDSA", "0") == "1",
            grease=env.get("SAKSHI_GREASE", "0") == "1",
            tsa_url=env.get("SAKSHI_TSA_URL", ""),
            witness_sweep=env.get("SAKSHI_WITNESS_SWEEP", ""),
            bind=env.get("SAKSHI_BIND", ""),
            h2c=env.get("SAKSHI_H2C", "0") == "1",
            proxies=env.get("SAKSHI_PROXIES", ""),
            signer_wait=_number(env, "SAKSHI_SIGNER_WAIT", "60"),
        )


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file; ``%``, ``?`` and ``#`` in its path are escaped."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def _database(env: Mapping[str, str], home: Path) -> str:
    """The address of the database, with the password of `SAKSHI_DATABASE_PASSWORD_FILE`."""
    address = env.get("SAKSHI_DATABASE") or sqlite_url(home / "sakshi.db")
    name = "SAKSHI_DATABASE_PASSWORD_FILE"
    if not env.get(name):
        return address
    password = _secret(name, env[name])
    try:
        whole = make_url(address).set(password=password)
    except (ArgumentError, ValueError):
        return address  # `Database` says what is wrong with it
    return whole.render_as_string(hide_password=False)


def _number(env: Mapping[str, str], name: str, default: str) -> float:
    """The number in a variable, at least zero."""
    typed = env.get(name, default)
    try:
        found = float(typed)
    except ValueError:
        found = -1.0
    if not 0 <= found < 2**31:
        raise SettingError(name=name, found=typed)
    return found


def _secret(name: str, path: str) -> str:
    """The secret of a file that the setting `name` names; raises SecretFileError."""
    try:
        found = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found or "\n" in found:
        raise SecretFileError(name=name, path=path)
    return found
