"""The columns of articles' metadata on disk."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from index.article import Article
from index.search.metadata import ArticleMetadata, ArticleMetadataWriter, ResolvedFilter
from index.search_index import NO_FILTER, Filter
from index.text.passages import Passage

DAY = dt.date(2025, 10, 1)


def write(folder: Path) -> None:
    articles = [
        Article("a", "", ("یک", "دو"), agency="ایلنا", date=DAY, code="7"),
        Article("b\ud800", "", ("سه",), agency="\ud800", code="\ud800"),
    ]
    writer = ArticleMetadataWriter()
    for one in articles:
        passages = [Passage(one.id, "", (at,), text) for at, text in enumerate(one.paragraphs)]
        writer.add(one, passages)
    writer.write(folder, np.array([[0, 1]], np.int32))


def test_half_a_character_costs_only_itself(tmp_path: Path) -> None:
    write(tmp_path / "catalogue")
    metadata = ArticleMetadata(tmp_path / "catalogue")
    assert metadata.article_rows("b\ufffd").tolist() == [2]
    assert metadata.articles_with_code("\ufffd") == ["b\ufffd"]
    assert metadata.agencies() == [("ایلنا", 1), ("\ufffd", 1)]


def test_a_filter_in_numbers(tmp_path: Path) -> None:
    write(tmp_path / "catalogue")
    metadata = ArticleMetadata(tmp_path / "catalogue")
    assert metadata.selection(NO_FILTER) == ResolvedFilter(None, None)
    assert metadata.selection(Filter(agencies=("\ufffd", "c", "ایلنا"))) == ResolvedFilter(
        None, (1, 0)
    )
    assert metadata.selection(Filter(agencies=("c",))) == ResolvedFilter(None, ())
    since = (DAY.toordinal(), dt.date.max.toordinal())
    assert metadata.selection(Filter(since=DAY)) == ResolvedFilter(since, None)
    until = (1, DAY.toordinal())
    assert metadata.selection(Filter(until=DAY)) == ResolvedFilter(until, None)


@pytest.mark.parametrize(
    "name",
    [
        "passages.npy",
        "leads.npy",
        "dates.npy",
        "agencies.npy",
        "codes.npy",
        "duplicates.npy",
        "names.json",
    ],
)
@pytest.mark.parametrize("content", [None, b"", b"{}", 3], ids=["none", "empty", "other", "short"])
def test_damaged_columns_are_noticed(
    tmp_path: Path, name: str, content: bytes | int | None
) -> None:
    """A snapshot's checksums notice any change; these are errors that `Snapshot.open` expects."""
    write(tmp_path / "catalogue")
    path = tmp_path / "catalogue" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content if isinstance(content, bytes) else path.read_bytes()[:-content])
    with pytest.raises((OSError, ValueError, KeyError)):
        ArticleMetadata(tmp_path / "catalogue")


def test_columns_that_do_not_fit_each_other_are_noticed(tmp_path: Path) -> None:
    write(tmp_path / "catalogue")
    np.save(tmp_path / "catalogue" / "dates.npy", np.zeros(1, np.int32))
    with pytest.raises(ValueError, match=r"^names\.json does not fit the columns beside it$"):
        ArticleMetadata(tmp_path / "catalogue")


def test_passages_of_articles_stand_in_the_order_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "catalogue")
    metadata = ArticleMetadata(tmp_path / "catalogue")
    assert metadata.passages_of([1, 0, 5, 1]).tolist() == [2, 0, 1, 2]
    assert metadata.passage_counts([1, 0, 5, 1]).tolist() == [1, 2, 0, 1]
    assert metadata.passages_of([]).tolist() == []
    assert metadata.first_passages(np.array([1, 0], np.int32)).tolist() == [2, 0]
