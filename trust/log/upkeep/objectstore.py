"""An S3 object store: four requests, and what can go wrong with them in words.

Where it is and who asks comes from the environment alone, under the names every S3 tool knows
(`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `AWS_REGION` and so on; docs/operations.md lists them),
never from a command line, and no answer of the store is repeated beyond its error code: such
answers quote keys and signatures. A request that fails in passing is made again by the library,
with growing pauses.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from trust.log.errors import MirrorError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Store

SCHEME = "s3://"
LIMIT = 64 << 20
"""The largest object that is read, in bytes."""
RETRY: "RetryConfig" = {
    "max_retries": 6,
    "retry_timeout": timedelta(seconds=60),
    "backoff": {
        "init_backoff": timedelta(milliseconds=200),
        "max_backoff": timedelta(seconds=10),
        "base": 2,
    },
}
TIMEOUT = timedelta(seconds=30)
CONFLICT_PAUSES = (0.1, 0.3, 1.0, 3.0, 6.0)
"""Seconds between tries of a write that met another conditional write."""
_PLACE = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?P<prefix>(?:/[A-Za-z0-9._~-]+)*)/?",
    re.ASCII,
)
_CODE = re.compile(r"<Code>([A-Za-z0-9]{1,60})</Code>")
_STATUS = re.compile(r"status code: (\d{3})\b")
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_NO_CREDENTIALS = ("169.254.169.254", "fd00:ec2", "/latest/api/token")
"""Where a machine's own role is asked for, which is the last thing tried for credentials."""


@dataclass(frozen=True, slots=True)
class Object:
    """An object's bytes and the tag by which exactly this version can be replaced."""

    data: bytes
    tag: str | None


class ObjectStore:
    """A bucket, or what lies below a prefix in it; may be used from several threads."""

    def __init__(self, place: str) -> None:
        """`place` is `s3://BUCKET[/PREFIX]`.

        Raises MirrorError: the address cannot be understood, the library is not installed, or
        the environment asks for something that is not allowed.
        """
        bucket, prefix = parse_place(place)
        self.name = f"{SCHEME}{bucket}" + (f"/{prefix}" if prefix else "")
        self._bucket = bucket
        self._endpoint = next((os.environ[key] for key in _ENDPOINTS if os.environ.get(key)), "")
        self._store = _connect(bucket, prefix, _options(os.environ, self._endpoint))

    def get(self, name: str) -> Object | None:
        """An object; None if missing."""
        import obstore

        try:
            answer = obstore.get(self._store, name)
            if answer.meta["size"] > LIMIT:
                raise MirrorError(f"{self.name}/{name} is larger than {LIMIT} bytes.")
            return Object(bytes(answer.bytes()), answer.meta["e_tag"])
        except FileNotFoundError as error:
            if _code(error) == "NoSuchBucket":
                raise self._told(error) from None
            return None
        except obstore.exceptions.BaseError as error:
            raise self._told(error) from None

    def put(
        self, name: str, data: bytes, headers: tuple[str, str], replacing: str | None = None
    ) -> tuple[Literal["made", "refused"], str | None]:
        """Make an object, or replace the version with that tag; with its new tag.

        "refused": it is there already, or is no longer that version; nothing was changed, unless
        the answer to an earlier try was lost, so whoever gets it reads again.
        `headers` are its content type and how long it may be kept by caches. Two conditional
        writes that meet (409) say nothing of what is there: the write is made again.
        """
        for pause in (*CONFLICT_PAUSES, None):
            done = self._put(name, data, headers, replacing)
            if done is not None:
                return done
            if pause is not None:
                time.sleep(pause)
        raise MirrorError(
            f"The object store of {self.name} answered 409 each time: others write to the same "
            "objects without pause. What is in the bucket is whole; run the same command again "
            "when they are done.",
            code="mirror-busy",
        )

    def _put(
        self, name: str, data: bytes, headers: tuple[str, str], replacing: str | None
    ) -> tuple[Literal["made", "refused"], str | None] | None:
        """One try of `put`; None if another conditional write was under way."""
        import obstore

        kind, keep = headers
        try:
            done = obstore.put(
                self._store,
                name,
                data,
                mode="create" if replacing is None else {"e_tag": replacing},
                attributes={"Content-Type": kind, "Cache-Control": keep},
                use_multipart=False,
            )
        except (
            obstore.exceptions.AlreadyExistsError,
            obstore.exceptions.PreconditionError,
        ) as error:
            if _code(error) == "NoSuchBucket":
                raise self._told(error) from None
            # The library has one error for 409 and 412, and only the text tells them apart.
            return None if _met(error) else ("refused", None)
        except (FileNotFoundError, obstore.exceptions.BaseError) as error:
            raise self._told(error) from None
        return "made", done["e_tag"]

    def names(self, prefix: str, after: str | None = None) -> Iterator[str]:
        """Names below `prefix/` in bytewise order, those greater than `after` only."""
        import obstore

        try:
            for page in obstore.list(self._store, prefix, offset=after):
                for item in page:
                    yield item["path"]
        except (FileNotFoundError, obstore.exceptions.BaseError) as error:
            raise self._told(error) from None

    def delete(self, names: list[str]) -> None:
        """Remove objects; those that are gone already are no error."""
        import obstore

        try:
            if names:
                obstore.delete(self._store, names)
        except FileNotFoundError:
            return
        except obstore.exceptions.BaseError as error:
            raise self._told(error) from None

    def _told(self, fault: Exception) -> MirrorError:
        """An error of the library as a sentence that says what to do."""
        text, code = str(fault), _code(fault)
        if code == "NoSuchBucket":
            return MirrorError(
                f"There is no bucket {self._bucket} in this object store. Make it with the "
                "store's own tool, or correct the name.",
                code="mirror-bucket",
            )
        status = _STATUS.search(text)
        if any(mark in text for mark in _NO_CREDENTIALS):
            return MirrorError(
                "There are no credentials for the object store: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true to read a public bucket.",
                code="mirror-credentials",
            )
        if status is None:
            return MirrorError(
                f"The object store of {self.name} could not be reached"
                + (f" at {self._endpoint}" if self._endpoint else "")
                + ", although it was tried several times. What is in the bucket is whole; run "
                "the same command again when it answers.",
                code="mirror-unreachable",
            )
        said = f"{status[1]}{f' {code}' if code else ''}"
        if status[1] in ("401", "403"):
            return MirrorError(
                f"The object store does not let these credentials do this in {self.name} "
                f"({said}): look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of "
                "that key (list, read, write, delete).",
                code="mirror-credentials",
            )
        return MirrorError(
            f"The object store of {self.name} answered {said}. What is in the bucket is whole; "
            "look at AWS_REGION and AWS_ENDPOINT_URL, or run the same command again later.",
            code="mirror-store",
        )


def parse_place(place: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://BUCKET[/PREFIX]`; the error never repeats the argument."""
    found = _PLACE.fullmatch(place)
    prefix = "" if found is None else found["prefix"].strip("/")
    if found is None or {".", ".."} & set(prefix.split("/")):
        raise MirrorError(
            "An object store is named s3://BUCKET or s3://BUCKET/PREFIX, with plain letters, "
            "digits, '.', '_', '~' and '-'. Endpoint and credentials come from the environment "
            "(AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY), never from here.",
            code="mirror-place",
        )
    return found["bucket"], prefix


def _options(env: Mapping[str, str], endpoint: str) -> "ClientConfig":
    """How connections are made; http only where the environment says so in words."""
    allowed = env.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true", "yes")
    if endpoint.lower().startswith("http://") and not allowed:
        raise MirrorError(
            "AWS_ENDPOINT_URL is an http:// address: what is written could be changed on the "
            "way. Use https, or set AWS_ALLOW_HTTP=true if the network between is your own.",
            code="mirror-http",
        )
    options: ClientConfig = {"allow_http": allowed, "timeout": TIMEOUT, "user_agent": "sakshi"}
    if authority := env.get("AWS_CA_BUNDLE"):
        try:
            options["root_certificate"] = Path(authority).read_bytes()
        except OSError as error:
            raise MirrorError(
                f"AWS_CA_BUNDLE names a file that cannot be read: {error.strerror}."
            ) from None
    return options


def _connect(bucket: str, prefix: str, options: "ClientConfig") -> "S3Store":
    try:
        from obstore.store import S3Store
    except ImportError:
        raise MirrorError(
            "Object stores need the package obstore, which the base install leaves out: install "
            "sakshi[server].",
            code="mirror-library",
        ) from None
    return S3Store(bucket, prefix=prefix or None, client_options=options, retry_config=RETRY)


def _met(fault: Exception) -> bool:
    """Whether the store answered 409: two conditional writes met, and nobody knows which won."""
    status = _STATUS.search(str(fault))
    return (status is not None and status[1] == "409") or _code(fault) in (
        "ConditionalRequestConflict",
        "OperationAborted",
    )


def _code(fault: Exception) -> str:
    found = _CODE.search(str(fault))
    return "" if found is None else found[1]
