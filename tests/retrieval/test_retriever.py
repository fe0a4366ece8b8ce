import re
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from index.article import Article
from index.errors import EncoderError, IndexMissingError
from index.search_index import NO_FILTER, Filter
from retrieval import Answer, KhazarError, Retriever
from retrieval.answerer import Answerer
from retrieval.answers import AnswerKind, Citation
from retrieval.errors import QuestionError, RetrieverClosedError
from retrieval.live import LiveRetriever
from retrieval.presentation.serialization import answer_record
from retrieval.settings import RetrievalSettings
from tests.retrieval.support.archive import ARCHIVE
from tests.support.paths import ROOT

QUESTION = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"
TODAY = date(2025, 11, 23)
ONE_DAY = timedelta(1)


def places(answer: Answer) -> list[tuple[str, tuple[int, ...]]]:
    return [(passage.article_id, passage.paragraphs) for passage in answer.passages]


def test_the_answering_passage_comes_first_with_its_citation(retriever: Retriever) -> None:
    answer = retriever.ask("چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟")
    first = answer.passages[0]
    assert (first.article_id, first.paragraphs) == ("astrakhan", (1,))
    assert first.text == ARCHIVE[0].paragraphs[1]
    assert first.citation == Citation(
        title="دانشگاه‌های آستراخان",
        agency="ایلنا",
        date=date(2025, 11, 18),
        code="1715776",
        url="https://example.org/1715776",
    )
    start, end = first.highlight
    assert (
        first.text[start:end] == "بیش از ۵ هزار دانشجوی ایرانی در مراکز آموزشی منطقه درس می‌خوانند."
    )
    assert answer.language == "fa"
    assert answer.found
    assert 0.5 <= answer.probability <= 1


def test_what_is_shown_stays_as_the_source_has_it(retriever: Retriever) -> None:
    answer = retriever.ask("کشاورزی و صید ماهی")
    assert (
        answer.passages[0].text == "كشاورزي و صيد ماهي در دلتای ولگا رونق دارد و گندم صادر می‌شود."
    )


def test_latin_words_in_the_archive_are_found(retriever: Retriever) -> None:
    answer = retriever.ask("POS devices in ICT offices", limit=1)
    assert places(answer) == [("pos", (0,))]
    assert answer.language == "en"


def test_a_word_of_the_title_finds_its_passages(retriever: Retriever) -> None:
    articles = {passage.article_id for passage in retriever.ask("قهرمانی", limit=2).passages}
    assert articles == {"wrestling"}


def test_scores_fall_and_the_limit_holds(retriever: Retriever) -> None:
    answer = retriever.ask("استاندار آستراخان", limit=3)
    scores = [passage.score for passage in answer.passages]
    assert len(scores) == 3
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert len(retriever.ask("استاندار آستراخان").passages) == 5


def test_a_question_that_the_archive_does_not_answer_is_not_found(retriever: Retriever) -> None:
    answer = retriever.ask("پایتخت فرانسه کجاست؟")
    assert not answer.found
    assert answer.probability < 0.5
    assert answer.passages


@pytest.mark.parametrize(
    ("talk", "language", "example"),
    [
        ("سلام", "fa", "ماجرای «دانشگاه‌های آستراخان» چیست؟"),
        ("thank you!", "en", "What is the latest news?"),
        ("salam khoobi?", "fa-Latn", "akharin akhbar"),
        ("👍", "fa", "ماجرای «دانشگاه‌های آستراخان» چیست؟"),
    ],
)
def test_small_talk_gets_a_reply_and_is_no_turn(
    retriever: Retriever, talk: str, language: str, example: str
) -> None:
    before = retriever.ask("استاندار آستراخان چه گفت؟").conversation
    answer = retriever.ask(talk, conversation=before)
    assert answer.kind is AnswerKind.SMALL_TALK
    assert answer.small_talk is not None
    assert answer.small_talk.example == example
    assert (answer.language, answer.found, answer.probability) == (language, False, 0)
    assert answer.passages == ()
    assert answer.conversation == before
    assert retriever.explain(talk, conversation=before) is None
    assert retriever.ask(example).passages


def test_an_example_is_about_a_name_in_the_newest_titles(open_retriever) -> None:
    titles = ("سفر وزیر به برزیل", "«نفت» و بازار", "")
    retriever = open_retriever(
        *(
            Article(id=str(day), title=title, paragraphs=("متن",), date=date(2025, 11, day))
            for day, title in enumerate(titles, start=1)
        )
    )
    examples = [retriever.ask(talk).small_talk.example for talk in ("سلام", "hi", "slm")]
    assert examples == [
        "ماجرای «سفر وزیر به برزیل» چیست؟",
        "What is the latest news about Brazil?",
        "akharin akhbare Brazil?",
    ]


def test_emoji_are_answered_in_the_language_of_the_conversation(retriever: Retriever) -> None:
    before = retriever.ask("Who is the governor of Astrakhan?").conversation
    assert retriever.ask("👍", conversation=before).language == "en"


@pytest.mark.parametrize("blank", ["", "   ", "؟!"])
def test_a_text_without_words_has_an_empty_answer(retriever: Retriever, blank: str) -> None:
    assert retriever.ask(blank) == Answer(blank, "fa", found=False, probability=0.0, passages=())


def test_another_script_is_answered_like_any_question(retriever: Retriever) -> None:
    answer = retriever.ask("Сколько студентов в Астрахани?")
    assert not answer.found
    assert answer.passages


def test_limits_of_a_question(retriever: Retriever) -> None:
    with pytest.raises(QuestionError):
        retriever.ask("دریا " * 2_000)
    with pytest.raises(ValueError, match="limit must be at least 1"):
        retriever.ask("دریا", limit=0)


def test_near_duplicates_are_shown_once(open_retriever) -> None:
    text = "رئیس بانک مرکزی گفت نرخ ارز در ماه آینده ثابت می‌ماند و بازار آرام است."
    first = Article(id="a", title="نرخ ارز", paragraphs=(text,))
    other = Article(id="b", title="نرخ ارز", paragraphs=(text.replace("گفت", "گفته بود"),))
    answer = open_retriever(first, other, *ARCHIVE).ask("نرخ ارز بازار بانک مرکزی")
    shown = [place for place in places(answer) if place[0] in ("a", "b")]
    assert len(shown) == 1


def test_a_lead_gives_way_to_the_paragraph_that_it_repeats(open_retriever) -> None:
    lead = "رئیس بانک مرکزی گفت نرخ ارز در ماه آینده ثابت می‌ماند."
    article = Article(
        id="a", title="ارز", abstract=lead, paragraphs=(lead + " بازار آرام است.", "هوا سرد بود.")
    )
    answer = open_retriever(article, *ARCHIVE).ask("نرخ ارز ماه آینده ثابت می‌ماند؟")
    assert places(answer)[0] == ("a", (0,))
    assert ("a", ()) not in places(answer)


def test_whole_articles_are_at_hand(retriever: Retriever) -> None:
    assert retriever.article("astrakhan") == ARCHIVE[0]
    assert retriever.article("nope") is None


def test_threads_get_the_answers_that_one_would(retriever: Retriever) -> None:
    questions = ["دانشجوی ایرانی", "مربی تیم ملی کشتی", "دستگاه POS", "صید ماهی"] * 8
    alone = [retriever.ask(question) for question in questions]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(retriever.ask, questions)) == alone


def _config(tmp_path: Path, model: Path | str) -> Path:
    config = tmp_path / "config.toml"
    config.write_text(f'[index]\ndirectory = "index"\nencoder = "{model}"\n', encoding="utf-8")
    return config


def test_opening_without_an_index_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError) as error:
        Retriever.open(_config(tmp_path, "bundled"))
    assert str(error.value) == (
        f"{tmp_path / 'index'}: no index here yet; run `python -m index build` first"
    )


def test_an_index_of_another_model_is_refused(build_index, tmp_path: Path, tiny_model) -> None:
    build_index(replace(ARCHIVE[0]), directory=tmp_path / "index")
    with pytest.raises(EncoderError) as error:
        Retriever.open(_config(tmp_path, tiny_model))
    message = str(error.value)
    assert message.startswith("the index was built with another model (words, words-1) than is")
    assert message.endswith("run `python -m index build`")
    assert "\n" not in message


def test_every_error_for_people_can_be_caught_by_one_name(tmp_path: Path) -> None:
    with pytest.raises(KhazarError, match=r"nope\.toml"):
        Retriever.open(tmp_path / "nope.toml")


@pytest.mark.parametrize("package", ["index", "retrieval", "bot"])
def test_the_packages_ship_their_types(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    data = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    assert "py.typed" in data["package-data"][package]


def test_an_answer_as_a_dict_is_its_json_record(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=1)
    assert answer.to_dict() == answer_record(answer)


def test_reprs_are_short(retriever: Retriever) -> None:
    answer = retriever.ask(QUESTION, limit=3)
    assert re.fullmatch(
        f"<Answer found \\d+% “{re.escape(QUESTION)}”: 3 passages of 1 article>", repr(answer)
    )
    first = answer.passages[0]
    assert repr(first).startswith(f"<RetrievedPassage astrakhan[{first.paragraphs[0]}] 1.00 “")
    assert len(repr(first)) < 120
    assert repr(first.citation) == (
        "<Citation “دانشگاه‌های آستراخان” · ایلنا · 2025-11-18 · 1715776>"
    )
    assert repr(retriever.ask("سلام")).startswith("<Answer small talk greeting “سلام”: 0 passages")
    assert repr(retriever.latest("fa")) == "<Answer list “”: 1 passage of 1 article>"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", NO_FILTER),
        (" ، ", NO_FILTER),
        ("آبان ۱۴۰۴", Filter(date(2025, 10, 23), date(2025, 11, 21))),
        ("از مهر تا آبان ۱۴۰۴", Filter(date(2025, 9, 23), date(2025, 11, 21))),
        ("from last month", Filter(date(2025, 10, 1))),
        ("تا 1404-08-01", Filter(until=date(2025, 10, 23))),
        ("1404-08", Filter(date(2025, 10, 23), date(2025, 11, 21))),
        ("ILNA", Filter(agencies=("ایلنا",))),
        ("خبرگزاری ايلنا", Filter(agencies=("ایلنا",))),
        ("دیروز، ورزش سه", Filter(TODAY - ONE_DAY, TODAY - ONE_DAY, ("ورزش سه",))),
        ("by ILNA, since 2020", Filter(date(2020, 1, 1), agencies=("ایلنا",))),
    ],
)
def test_filters_are_read_from_words(open_retriever, words: str, expected: Filter) -> None:
    retriever = open_retriever(today=lambda: TODAY)
    assert retriever.filter(words) == expected
    assert retriever.ask("کشتی", filter=words).scope.filter == expected


@pytest.mark.parametrize("words", ["nonsense", "ایلنا nonsense", "آبان ۱۴۰۴ کشتی", "x " * 1000])
def test_words_that_name_no_limit_are_an_error(retriever: Retriever, words: str) -> None:
    for ask in (retriever.filter, lambda text: retriever.ask("کشتی", filter=text)):
        with pytest.raises(QuestionError, match="is neither a date nor an agency") as error:
            ask(words)
        assert len(str(error.value)) < 300


def test_days_are_filters(retriever: Retriever) -> None:
    day = date(2025, 11, 18)
    expected = Filter(day, day)
    assert retriever.ask("کشتی", filter=day).scope.filter == expected
    moment = datetime(2025, 11, 18, 23, 59)
    assert retriever.filter(since=day, until=moment) == expected
    with pytest.raises(QuestionError, match="no day is from 2025-11-18 to 2025-11-17"):
        retriever.filter(since=day, until=day - ONE_DAY)


def calls(retriever: Answerer) -> list[Callable[[], object]]:
    """Return a call of everything that a retriever can be asked."""
    return [
        lambda: retriever.ask(QUESTION),
        lambda: retriever.ask("سلام"),
        lambda: retriever.ask(""),
        lambda: retriever.explain(QUESTION),
        lambda: retriever.explain("سلام"),
        lambda: retriever.filter(since="1404"),
        lambda: retriever.filter(),
        lambda: retriever.latest("fa"),
        lambda: retriever.article("astrakhan"),
        lambda: retriever.related("astrakhan"),
        lambda: retriever.agency_names(),
        lambda: retriever.facts,
    ]


def test_a_closed_retriever_says_so(retriever: Retriever) -> None:
    retriever.close()
    retriever.close()
    own = [
        retriever.agencies,
        retriever.warm_up,
        lambda: retriever.find_articles("1715776"),
        lambda: retriever.search(QUESTION),
        lambda: retriever.snapshot,
    ]
    for call in [*calls(retriever), *own]:
        with pytest.raises(RetrieverClosedError, match=r"^the retriever is closed; open"):
            call()
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        retriever.nonsense  # noqa: B018


def test_a_closed_live_retriever_says_so(build_index, word_encoder) -> None:
    settings, _ = build_index(*ARCHIVE)
    with LiveRetriever(settings, RetrievalSettings(), lambda _: word_encoder, 3600) as live:
        with live.lease() as lent:
            live.close()
            # What is on lease goes on to its end.
            assert lent.article("astrakhan") is not None
        live.close()
    for call in [*calls(live), live.refresh, lambda: live.lease().__enter__()]:
        with pytest.raises(RetrieverClosedError):
            call()
