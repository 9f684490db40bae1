"""The table of verbs: every verb has its words, its row of the documents and all its ways in."""

import pytest

from tests.conftest import ROOT
from web import cli, i18n
from web.api import routes as api
from web.app import _routes
from web.verbs import page, table
from web.verbs.model import Verb

VERBS = {f"{verb.group} {verb.name}": verb for verb in table.verbs()}


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_verb_has_words_in_both_languages(verb: Verb) -> None:
    known = i18n.phrases()
    assert verb.title in known
    for one in verb.arguments:
        assert f"field.{one.name}" in known, one.name
        assert not one.hint or one.hint in known
        assert one.kind != "choice" or one.choices
        for word in one.choices:
            assert f"{one.words}.{word}" in known, (one.words, word)


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_every_verb_is_an_operation_a_command_and_a_form(verb: Verb) -> None:
    operations = [one for one in api.collect() if one.path == verb.path]
    assert [one.method for one in operations] == ["GET" if verb.reads else "POST"]
    assert verb.name in cli.app[verb.group]
    forms = [one for one in _routes() if getattr(one, "path", "") == f"/do{verb.path}"]
    assert len(forms) == (0 if verb.reads else 2)
    assert verb.summary.endswith(".") and verb.summary.count(". ") < 2


def test_the_page_of_verbs_is_the_table() -> None:
    """Make it with `make verbs`."""
    assert (ROOT / "docs" / "verbs.md").read_text("utf-8") == page.page()
