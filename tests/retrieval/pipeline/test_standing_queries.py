"""Standing queries over new articles of a small index."""

import datetime as dt
import json

import numpy as np
import pytest

from index.article import Article
from index.indexing.builder import build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from index.snapshots.snapshot import Snapshot
from retrieval import Retriever
from retrieval.pipeline.standing_queries import NewArticles, StandingQuery
from retrieval.settings import RetrievalSettings
from tests.support.word_encoder import WordEncoder

ISNA, MEHR = "ایسنا", "خبرگزاری مهر"
DAY = dt.date(2026, 11, 28)
OIL = "هر بشکه نفت برنت در معاملات بازار جهانی به ۸۰ دلار رسید و تحلیلگران از رشد تقاضا گفتند."
ARTICLES = (
    Article("oil", "قیمت نفت بالا رفت", (OIL,), agency=ISNA, date=DAY),
    Article("copy", "قیمت نفت بالا رفت", (OIL,), agency=MEHR, date=DAY),
    Article("club", "نفت آبادان برنده شد",
            ("تیم فوتبال نفت آبادان حریف خود را در بازی خانگی با دو گل شکست داد.",
             "هواداران پس از بازی‌ها به خیابان رفتند و شادی کردند."), agency=MEHR, date=DAY),
    Article("actor", "بازیگر سینما جایزه گرفت",
            ("بازیگر نقش نخست فیلم نفت در جشنوارهٔ تهران جایزه گرفت.",), agency=ISNA, date=DAY),
    Article("apart", "گزارش روز", ("قیمت نان در نانوایی‌های تهران تغییر نکرد.",
            "در بخش دیگر گزارش از نفت سخن رفت و از کشتی‌هایی که در راه بودند."), date=DAY),
    Article("again", "سخنان وزیر در مجلس",
            ("وزیر به پرسش‌های نمایندگان پاسخ داد.", "او از چاه‌های نفت در جنوب کشور گفت.",
             "فروش نفت به گفتهٔ او بیشتر شد.", "درآمد نفت به صندوق توسعه می‌رود."), date=DAY),
)  # fmt: skip
# «نفت» is in "apart", too, in passing.
ABOUT = {one.id for one in ARTICLES} - {"apart"}
OLD = Article("old", "نفت و گاز", ("تولید نفت و گاز در میدان‌های جنوب افزایش یافت.",))


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    directory, encoder = tmp_path_factory.mktemp("archive"), WordEncoder()
    lines = (json.dumps(to_record(one), ensure_ascii=False) for one in (OLD, *ARTICLES))
    file = directory / "articles.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    settings = IndexSettings(
        directory=directory / "index", encoder=encoder.name, min_passage_tokens=4
    )
    build(settings, [str(file)], load=lambda _: encoder)
    snapshot = Snapshot.open_current(settings.directory)
    return Retriever(snapshot, encoder, RetrievalSettings(), today=lambda: DAY)


@pytest.fixture
def new(retriever):
    return retriever.new_articles([one.id for one in ARTICLES], {})


def matched(new: NewArticles, text: str, **choices) -> set[str]:
    [passages] = new.match([StandingQuery(text, **choices)])
    return {passage.article_id for passage in passages}


@pytest.mark.parametrize(
    ("text", "found"),
    [("نفت", ABOUT), ("نفت‌ها", ABOUT), ("oil", ABOUT),
     ("اخبار نفت", ABOUT), ("خبرهای مربوط به نفت", ABOUT), ("news about oil", ABOUT),
     # A word that is left out counts anywhere in the article, and is a word, not a pattern.
     ("نفت -بازی", ABOUT - {"club"}), ("نفت -فوتبال", ABOUT - {"club"}),
     # Words of two passages are not one subject.
     ("قیمت نفت", {"oil", "copy"}), ('نفت "بازار جهانی"', {"oil", "copy"}),
     ("باران", set()), ("؟!", set()), ("", set())],
)  # fmt: skip
def test_subjects(new, text, found):
    assert matched(new, text) == found


def test_agencies_and_words_left_out_by_choice(new):
    assert matched(new, "نفت", agencies=(ISNA,)) == {"oil", "actor"}
    assert matched(new, "نفت از ایسنا") == {"oil", "actor"}
    assert matched(new, "خبرهای ایسنا دربارهٔ نفت") == {"oil", "actor"}
    assert matched(new, "", agencies=(MEHR,)) == {"copy", "club"}
    assert matched(new, "", agencies=(MEHR,), excluded=("فوتبال",)) == {"copy"}


def test_a_question_takes_an_article_whose_passage_has_all_its_words(new):
    assert "apart" not in matched(new, "نفت کشتی")
    assert "apart" in matched(new, "نفت و کشتی‌ها کجا بودند؟")


def test_articles_of_one_channel(new):
    assert matched(new, "", id_prefix="c") == {"copy", "club"}
    assert matched(new, "نفت -فوتبال", id_prefix="c") == {"copy"}
    assert matched(new, "نفت", id_prefix="c", agencies=(ISNA,)) == set()


def test_a_match_shows_the_passage_with_the_words_and_its_source(new):
    [[passage, *_]] = new.match([StandingQuery("فوتبال آبادان")])
    assert (passage.article_id, passage.paragraphs) == ("club", (0,))
    assert passage.citation.agency == MEHR
    assert passage.highlight == (0, len(passage.text))


def test_old_articles_never_match_and_no_articles_match_nothing(retriever, new):
    assert "old" not in matched(new, "گاز")
    assert matched(retriever.new_articles(["gone"], {}), "نفت") == set()


def test_one_story_of_two_agencies_and_of_itself(new):
    assert new.tell_one_story("oil", "copy")
    assert new.tell_one_story("oil", "oil")
    assert not new.tell_one_story("oil", "actor")
    assert not new.tell_one_story("oil", "gone")


def test_many_queries_get_their_own_matches_and_vectors_are_made_once(retriever, new):
    queries = [
        StandingQuery(text) for text in ("نفت", "باران", "", "بازیگر سینما", "قیمت نفت")
    ] * 60
    found = list(new.match(queries))
    assert [len(one) for one in found] == [5, 0, 0, 1, 2] * 60
    again = retriever.new_articles([one.id for one in ARTICLES], new.used)
    assert [[p.article_id for p in one] for one in again.match(queries)] == [
        [p.article_id for p in one] for one in found
    ]
    assert again.used.keys() == new.used.keys()
    assert all(again.used[key] is new.used[key] for key in new.used)
    assert all(np.isclose(np.linalg.norm(one), 1) for one in new.used.values())
