import re
from dataclasses import replace
from datetime import date
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answers import Citation, RetrievedPassage
from retrieval.presentation.citations import (
    CitationFormat,
    cite,
    passage_link,
    plain_citation,
    quote_passages,
)
from retrieval.presentation.messages import messages_for

FA, EN = messages_for("fa"), messages_for("en")
PLAIN, MARKDOWN, BIBTEX = CitationFormat
TODAY = date(2026, 1, 2)
ILNA = Citation(
    "همکاری‌ها در دریای خزر", "ایلنا", date(2025, 11, 18), "1715776", "https://example.org/1715776"
)
SENTENCE = "بیش از ۵ هزار دانشجو درس می‌خوانند."
TEXT = f"هوا سرد است. {SENTENCE}"


def passage(
    citation: Citation = ILNA, text: str = TEXT, marked: str | None = None, article: str = "a"
) -> RetrievedPassage:
    marked = (SENTENCE if SENTENCE in text else text) if marked is None else marked
    start = text.index(marked)
    return RetrievedPassage(article, (0,), text, 1.0, citation, (start, start + len(marked)))


@pytest.mark.parametrize(
    ("changes", "persian", "english"),
    [
        (
            {},
            "«همکاری‌ها در دریای خزر»، خبرگزاری ایلنا، ۲۷ آبان ۱۴۰۴ (۱۸ نوامبر ۲۰۲۵)، "
            "کد خبر ۱۷۱۵۷۷۶، https://example.org/1715776",
            "“همکاری‌ها در دریای خزر” (in Persian), ILNA, 18 November 2025 (27 Aban 1404), "
            "news code 1715776, https://example.org/1715776",
        ),
        (
            {"agency": "خبرگزاری فارس", "date": None, "code": None, "url": None},
            "«همکاری‌ها در دریای خزر»، خبرگزاری فارس",
            "“همکاری‌ها در دریای خزر” (in Persian), Fars News Agency",
        ),
        # An agency that is none, an unknown one, and a day before the Jalali calendar.
        ({"title": "a «b» “c”", "agency": "ورزش سه", "date": None, "code": None, "url": None},
         "«a “b” “c”»، ورزش سه", "“a «b» ‘c’”, Varzesh 3"),
        ({"title": "", "agency": "گیلان‌نیوز", "date": date(600, 1, 1), "code": None, "url": None},
         "گیلان‌نیوز، ۱ ژانویه ۶۰۰", "گیلان‌نیوز, 1 January 600"),
        # Nothing to obey, one line.
        ({"title": "\u202eالف\u2067\n ب\u200f", "agency": None, "date": None, "code": None,
          "url": None}, "«الف ب»", "“الف ب” (in Persian)"),
    ],
)  # fmt: skip
def test_a_source_in_one_line(changes: dict[str, object], persian: str, english: str) -> None:
    citation = replace(ILNA, **changes)
    assert (plain_citation(citation, FA), plain_citation(citation, EN)) == (persian, english)


def test_several_sources_are_numbered_each_article_once() -> None:
    other = passage(Citation("دوم", None, None, "7", None), article="b")
    cited = [passage(), other, passage(text="دیگر")]
    first, second = cite(cited, PLAIN, FA, TODAY).splitlines()
    assert (first, second) == (f"[۱] {plain_citation(ILNA, FA)}", "[۲] «دوم»، کد خبر ۷")
    assert cite(cited[:1], PLAIN, FA, TODAY) == plain_citation(ILNA, FA)
    first, second = cite(cited, MARKDOWN, EN, TODAY).splitlines()
    assert first.startswith("[^1]: [“همکاری‌ها در دریای خزر” (in Persian)](https://example.org/")
    assert first.endswith("), ILNA, 18 November 2025 (27 Aban 1404), news code 1715776")
    assert second == "[^2]: “دوم” (in Persian), news code 7"


def test_bibtex_has_a_key_for_each_source_and_nothing_that_latex_obeys() -> None:
    hostile = replace(ILNA, title=r"50% & $x_1$ {a} #b \c ~ ^", agency="A and B_", date=None)
    address = replace(hostile, url="https://a.b/{x}\\y z")
    entries = cite(
        [passage(), passage(replace(ILNA, code="۱۷۱۵۷۷۶"), article="b"),
         passage(address, article="c"), passage(Citation("", None, None, None, None), article="ت")],
        BIBTEX, FA, TODAY,
    ).split("\n\n")  # fmt: skip
    assert entries[0] == (
        "@online{ilna-1715776,\n"
        "  title = {{همکاری‌ها در دریای خزر}},\n"
        "  organization = {{خبرگزاری ایلنا}},\n"
        "  date = {2025-11-18},\n"
        "  url = {https://example.org/1715776},\n"
        "  urldate = {2026-01-02},\n"
        "  note = {کد خبر ۱۷۱۵۷۷۶},\n"
        "  langid = {persian},\n"
        "}"
    )
    assert entries[1].startswith("@online{ilna-1715776-2,\n")
    assert entries[2].splitlines() == [
        "@online{a-and-b-1715776,",
        r"  title = {{50\% \& \$x\_1\$ \{a\} \#b \textbackslash{}c \textasciitilde{} "
        r"\textasciicircum{}}},",
        r"  organization = {{A and B\_}},",
        "  url = {https://a.b/%7Bx%7D%5Cy%20z},",
        "  urldate = {2026-01-02},",
        "  note = {کد خبر ۱۷۱۵۷۷۶},",
        "}",
    ]
    assert entries[3] == "@misc{news,\n}"


def test_quotations_with_their_sources() -> None:
    one = passage(text=f"الف «ب»\n{SENTENCE}")
    assert quote_passages([one], PLAIN, FA, TODAY) == (
        f"«الف “ب”\n{SENTENCE}»\n{plain_citation(ILNA, FA)}"
    )
    other = passage(Citation("دوم", None, None, None, None), text="In English.", article="b")
    assert quote_passages([one, other, one], PLAIN, FA, TODAY) == (
        f"«الف “ب”\n{SENTENCE}» [۱]\n\n“In English.” [۲]\n\n«الف “ب”\n{SENTENCE}» [۱]\n\n"
        f"[۱] {plain_citation(ILNA, FA)}\n[۲] «دوم»"
    )
    quoted = quote_passages([one, other], MARKDOWN, EN, TODAY)
    assert quoted.startswith(
        f"> الف «ب»\n>\n> {SENTENCE}[^1]\n\n> In English.[^2]\n\n[^1]: [“همکاری‌ها"
    )
    assert quoted.endswith("\n[^2]: “دوم” (in Persian)")
    assert quote_passages([one, other], BIBTEX, FA, TODAY) == cite([one, other], BIBTEX, FA, TODAY)


@pytest.mark.parametrize(
    ("line", "quoted"),
    [
        ("a*b_c [d](e) `f` <b> x|y ~z $1 #1 &amp; ^q \\",
         r"a\*b\_c \[d\](e) \`f\` \<b\> x\|y \~z \$1 \#1 \&amp; \^q \\"),
        ("- a", r"\- a"),
        ("+ a", r"\+ a"),
        ("-a", "-a"),
        ("---", r"\---"),
        ("12. a", r"12\. a"),
        ("12) a", r"12\) a"),
        ("12.5", r"12\.5"),
        ("۱۲. الف", "۱۲. الف"),
        ("    a", "a"),
    ],
)  # fmt: skip
def test_markdown_shows_a_quotation_as_it_is(line: str, quoted: str) -> None:
    one = passage(Citation("t", None, None, None, None), text=line)
    assert quote_passages([one], MARKDOWN, EN, TODAY) == f"> {quoted}[^1]\n\n[^1]: “t”"


def test_an_address_that_is_no_link_is_only_text_in_markdown() -> None:
    one = passage(Citation("t", None, None, None, "javascript:alert(1)"), text="a")
    assert cite([one], MARKDOWN, EN, TODAY) == "“t”, javascript:alert(1)"


def directive(citation_url: str, text: str) -> list[str]:
    """Return the decoded parts of a link's text directive, "" before it is the page."""
    link = passage_link(passage(replace(ILNA, url=citation_url), text, text))
    page, found, parts = (link or "").partition("#:~:text=")
    assert page == citation_url
    assert re.fullmatch("[!-~]*", parts)
    return [unquote(part) for part in parts.split(",")] if found else []


def test_a_link_opens_at_the_answering_sentence() -> None:
    url = "https://example.org/1?a=b"
    assert directive(url, SENTENCE) == [SENTENCE]
    assert passage_link(passage()) == passage_link(passage(text=SENTENCE))
    assert directive(url, "الف-ب، c-d, e & f") == ["الف-ب، c-d, e & f"]
    long = "یک دو سه چهار پنج شش هفت هشت نه-ده"
    assert directive(url, long) == ["یک دو سه چهار", "شش هفت هشت نه-ده"]
    assert directive(url, "یک دو\n\nسه چهار") == ["یک دو", "سه چهار"]
    assert directive(url, "- …\n") == []


@pytest.mark.parametrize(
    "url",
    ["https://t.me/ilna/12", "http://www.telegram.me/ilna/12", "https://example.org/1#comments"],
)
def test_a_link_that_cannot_open_there_stays(url: str) -> None:
    assert directive(url, SENTENCE) == []


@pytest.mark.parametrize("url", [None, "", "javascript:alert(1)", "tg://a", "http://[bad", "/1"])
def test_what_is_no_address_of_a_page_is_no_link(url: str | None) -> None:
    assert passage_link(passage(replace(ILNA, url=url))) is None


def test_an_address_cannot_leave_its_link() -> None:
    link = passage_link(passage(replace(ILNA, url="https://a.b/\x1b)\u202e>x y"), marked=""))
    assert link == "https://a.b/%1B%29%E2%80%AE%3Ex%20y"


WORDS = st.lists(st.text("الفپچگ‌می-,&؛۱۲ab%/", min_size=1), min_size=1, max_size=14)


@given(WORDS)
def test_the_words_of_a_link_are_those_of_its_sentence(words: list[str]) -> None:
    text = " ".join(words)
    parts = directive("https://example.org/1", text)
    shown = " ".join(text.split())
    if len(parts) == 1:
        assert parts == [shown]
    elif parts:
        start, end = parts
        assert shown.startswith(f"{start} ")
        assert shown.endswith(f" {end}")
        assert len(start) + len(end) < len(shown)


@given(st.text(min_size=1))
def test_what_is_copied_has_no_direction_controls(text: str) -> None:
    one = passage(Citation(text, text, None, text, None), text=text)
    for format_ in CitationFormat:
        copied = quote_passages([one, replace(one, article_id="b")], format_, FA, TODAY)
        assert not re.search("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", copied)


@given(st.text("a{}\\%$_&#~^ ب"))
def test_braces_of_bibtex_are_in_pairs(text: str) -> None:
    entry = cite([passage(Citation(text, text, None, text, text))], BIBTEX, FA, TODAY)
    bare = re.sub(r"\\[{}]", "", entry.replace(r"\\", ""))
    assert bare.count("{") == bare.count("}")
