"""The glossary is what articles in two languages show, and what has one meaning only."""

import json
from pathlib import Path

import pytest

from index.article import Article
from retrieval.crosslingual.lexicon import Lexicon
from retrieval.errors import QuestionFileError
from retrieval.evaluation.gloss_learning import ParallelText, learn_glossary, read_parallel

LEXICON = Lexicon(
    [
        "oil\tنفت|روغن",
        "Naft\tنفت",
        "lion\tشیر",
        "milk\tشیر",
        "lightning\tصاعقه",
        "tehran\tتهران",
        "prime minister\tنخست‌وزیر|نخست وزیر",
        "one\tیک",
        "this\tاین",
    ]
)
TEXTS = [
    ParallelText("قیمت نفت بالا رفت", "The price of oil went up"),
    ParallelText("نفت ارزان شد", "Cheap oil"),
    ParallelText("فروش نفت", "Oils were sold: more of the oil"),
    ParallelText("نفت تهران باخت", "A loss for Naft Tehran"),
]


def test_a_word_means_what_stands_beside_it_or_its_only_meaning() -> None:
    assert learn_glossary(TEXTS, LEXICON) == {
        "نفت": "oil",
        "صاعقه": "lightning",
        "تهران": "Tehran",
        "نخست وزیر": "prime minister",
    }


def test_a_name_that_is_a_usual_word_too_is_not_sure() -> None:
    club = [ParallelText(f"نفت {number} بازی", f"A match of Naft {number}") for number in "۱۲۳۴"]
    assert learn_glossary(club, LEXICON)["نفت"] == "Naft"
    assert "نفت" not in learn_glossary([*club, *TEXTS[:1]], LEXICON)


def test_a_file_of_titles(tmp_path: Path) -> None:
    file = tmp_path / "parallel.jsonl"
    lines = [
        {"id": "a", "title_en": "Oil", "abstract_en": "Cheap."},
        {"id": "gone", "title_en": "-", "abstract_en": "-"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    articles = {"a": Article("a", "نفت", (), abstract="ارزان شد")}
    assert list(read_parallel(file, articles.get)) == [ParallelText("نفت\nارزان شد", "Oil\nCheap.")]
    file.write_text('{"id": "a"}', encoding="utf-8")
    with pytest.raises(QuestionFileError, match=r"parallel.jsonl:1: expected"):
        list(read_parallel(file, articles.get))
    with pytest.raises(QuestionFileError, match="cannot be read"):
        list(read_parallel(tmp_path / "absent", articles.get))
