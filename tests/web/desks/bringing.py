"""What an officer does with a file at a browser without JavaScript: send, look, seal."""

import re
from typing import Any

from tests.web.desks.conftest import Person

PAGE = "/secretary/imports"


def upload(officer: Person, name: str, data: bytes, **fields: str) -> Any:
    """Send a file as the form does, look at it, and seal it if nothing is asked."""
    looked = look(officer, name, data, **fields)
    found = re.search(r'name="digest" value="([^"]+)"', looked.text)
    if found is None or 'value="seal"' not in looked.text:
        return looked
    place = looked.request.url.path
    sealed = officer.post(place, place, act="seal", digest=found[1])
    while sealed.status_code == 303:
        sealed = officer.client.get(sealed.headers["location"])
    return sealed


def look(officer: Person, name: str, data: bytes, **fields: str) -> Any:
    """Send a file as the form does; the preview, or the refusal."""
    answer = officer.client.post(
        PAGE,
        data={"csrf": officer.token(PAGE), "kind": "auto", **fields},
        files={"file": (name, data)},
    )
    return officer.client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def digest_of(page: str) -> str:
    """The digest of what a preview showed; it goes back with the order to seal."""
    found = re.search(r'name="digest" value="([^"]+)"', page)
    assert found, page
    return found[1]
