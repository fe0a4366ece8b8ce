"""An archive that is untidy on purpose: every article is there, or a line says why it is not."""

from pathlib import Path

import pytest

from tests.index.support.untidy_account import account
from tests.index.support.untidy_archive import KINDS

# Kinds of which articles are corrections of others, or lines cannot be read.
CORRECTIONS = {"corrections by id", "corrections by address", "corrections by code"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_article_is_accounted_for(tmp_path: Path, kind: str) -> None:
    done = account(tmp_path, kind)
    assert done.missing <= len(done.lines)
    if kind in CORRECTIONS:
        assert (done.kept, done.earlier, done.missing) == (20, 20, 0)
    else:
        assert done.kept == done.made - done.missing
    assert done.again == (done.kept, {})


def test_there_are_many_kinds() -> None:
    assert len(KINDS) >= 40
