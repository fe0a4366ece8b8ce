"""Answers as a notebook shows them."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from retrieval import Retriever
from retrieval.answers import Answer, AnswerKind, Citation, RetrievedPassage
from retrieval.presentation.bidi import without_isolates
from tests.retrieval.support.prompt_output import STUDENTS

CITATION = Citation("عنوان", "ایلنا", date(2025, 11, 18), "1715776", "https://example.org/a")
PASSAGE = RetrievedPassage(
    "a", (1,), "هوا سرد است. ۵ هزار نفر آمدند. پایان.", 1.0, CITATION, (13, 30)
)


def rendered(answer: Answer) -> html.HtmlElement:
    return html.fragment_fromstring(answer._repr_html_())


def marked(element: html.HtmlElement) -> list[str]:
    return [mark.text_content() for mark in element.iter("mark")]


def text(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


def test_a_persian_answer_runs_from_right_to_left(retriever: Retriever) -> None:
    answer = retriever.ask(STUDENTS, limit=3)
    shown = rendered(answer)
    assert (shown.get("dir"), shown.get("lang")) == ("rtl", "fa")
    first = answer.passages[0]
    start, end = first.highlight
    assert marked(shown)[0] == first.text[start:end]
    assert "پاسخ در بایگانی هست" in text(shown)
    assert "ایلنا · ۲۷ آبان ۱۴۰۴ · کد خبر ۱۷۱۵۷۷۶ · example.org" in text(shown)
    [link] = [link.get("href") for link in shown.iter("a")]
    assert link.startswith("https://example.org/1715776#:~:text=")
    # The passages of one article are one entry, those after the first folded.
    assert len(list(shown.iter("strong"))) == 2
    summary = text(next(shown.iter("summary")))
    assert without_isolates(summary) == "۲ بخش دیگر از همین خبر: ۲، ۳"


def test_an_english_answer_runs_from_left_to_right(retriever: Retriever) -> None:
    shown = rendered(retriever.ask("students in Astrakhan", limit=1, filter="Aban 1404"))
    assert (shown.get("dir"), shown.get("lang")) == ("ltr", "en")
    assert text(shown).startswith("Search limited to: 23 October 2025 to 21 November 2025")
    assert [block.get("dir") for block in shown.iter("div")].count("rtl") == 1


def test_the_words_that_answer_are_marked_inside_their_sentence() -> None:
    answer = Answer("چند نفر؟", "fa", True, 0.9, (replace(PASSAGE, answer_span=(13, 24)),))
    assert marked(rendered(answer)) == ["۵ هزار نفر ", "آمدند."]
    assert marked(rendered(replace(answer, passages=(PASSAGE,)))) == ["۵ هزار نفر آمدند."]
    for unmarked in (replace(answer, found=False), replace(answer, kind=AnswerKind.LIST)):
        assert marked(rendered(unmarked)) == []


def test_other_agencies_with_the_same_story_are_named() -> None:
    told = replace(PASSAGE, republications=(replace(CITATION, agency="ایسنا"),))
    with_others = text(rendered(Answer("چند نفر؟", "fa", True, 0.9, (told,))))
    alone = text(rendered(Answer("چند نفر؟", "fa", True, 0.9, (PASSAGE,))))
    assert "ایسنا" in with_others.removeprefix(alone)


def test_english_readers_get_a_gloss() -> None:
    shown = text(rendered(Answer("How many?", "en", True, 0.9, (PASSAGE,))))
    assert "Gloss: \u20685,000" in shown
    assert "Gloss" not in text(rendered(Answer("چند نفر؟", "fa", True, 0.9, (PASSAGE,))))


def test_what_has_no_passages_is_told(retriever: Retriever) -> None:
    assert text(rendered(retriever.ask("سلام"))).startswith("سلام! خوش آمدید.")
    nothing = retriever.ask("students", filter="2030")
    assert text(rendered(nothing)).endswith("The archive has no articles within these limits.")
    assert text(rendered(retriever.latest("en"))).startswith("Articles, newest first:")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://[", None])
def test_only_web_addresses_are_links(url: str | None) -> None:
    passage = replace(PASSAGE, citation=replace(CITATION, url=url))
    assert not list(rendered(Answer("چه؟", "fa", True, 0.9, (passage,))).iter("a"))


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.sampled_from(("fa", "en")))
def test_what_others_wrote_is_escaped(hostile: str, language: str) -> None:
    written = f"<script>{hostile}</b><img src=x onerror=alert(1)>&\"'"
    citation = Citation(written, written, None, written, f"https://example.org/{written}")
    passage = RetrievedPassage("a", (), written, 1.0, citation, (0, len(written)))
    shown = rendered(Answer(written, language, True, 0.9, (passage,)))
    assert not list(shown.iter("script", "img", "b"))
    assert not any(name.startswith("on") for element in shown.iter() for name in element.attrib)
