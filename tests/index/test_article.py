"""Articles are values: equal by content, and not to be changed."""

import dataclasses
import datetime as dt

import pytest

from index.article import Article


def test_an_article_needs_an_id_a_title_and_paragraphs_only() -> None:
    article = Article("a", "عنوان", ("بند",))
    assert dataclasses.asdict(article) == {
        "id": "a",
        "title": "عنوان",
        "paragraphs": ("بند",),
        "abstract": "",
        "kicker": "",
        "agency": None,
        "date": None,
        "code": None,
        "link": None,
        "category": None,
        "tags": (),
        "time": None,
    }


def test_articles_are_equal_and_hash_by_content() -> None:
    one = Article("a", "عنوان", ("بند",), date=dt.date(2025, 11, 18))
    same = Article("a", "عنوان", ("بند",), date=dt.date(2025, 11, 18))
    assert {one, same, dataclasses.replace(one, id="b")} == {
        one,
        Article(**{**fields(one), "id": "b"}),
    }


def test_an_article_cannot_be_changed() -> None:
    article = Article("a", "عنوان", ("بند",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        article.title = "دیگر"  # type: ignore[misc]


def fields(article: Article) -> dict[str, object]:
    return {field.name: getattr(article, field.name) for field in dataclasses.fields(article)}
