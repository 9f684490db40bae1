"""A signer service that is not there yet is waited for, with a sentence and an end."""

import dataclasses
import socket
import threading
import time
from pathlib import Path

import pytest

from trust.log.errors import SignerError
from trust.log.keys import signerclient
from trust.settings import Settings


def at(path: Path, wait: float) -> Settings:
    made = Settings.from_env({"SAKSHI_HOME": str(path.parent / "home")})
    return dataclasses.replace(made, signer=f"unix:{path}", signer_wait=wait)


def test_a_socket_that_comes_later_is_waited_for(tmp_path: Path) -> None:
    path, told = tmp_path / "s", list[str]()

    def come() -> None:
        time.sleep(0.7)
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(path))
            door.listen()
            link, _ = door.accept()
            with link, link.makefile("rwb") as lines:
                assert b"ping" in lines.readline()
                lines.write(b'{"ok":true,"host":"s0.test.example"}\n')
                lines.flush()

    thread = threading.Thread(target=come)
    thread.start()
    signerclient.wait_for_service(at(path, 20), told.append)
    thread.join()
    assert len(told) == 1 and told[0].startswith("Waiting for the signer at unix:")


def test_it_is_not_waited_for_without_end(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="SAKSHI_SIGNER_WAIT"):
        signerclient.wait_for_service(at(tmp_path / "none", 0.3), lambda _: None)


def test_a_signer_of_this_process_is_not_waited_for(tmp_path: Path) -> None:
    signerclient.wait_for_service(Settings.from_env({"SAKSHI_HOME": str(tmp_path)}), pytest.fail)
