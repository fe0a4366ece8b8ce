"""Passages: whole paragraphs that fit the encoder, and never a letter lost."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Article
from index.text.passages import Passage, split_article


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_characters(texts: Sequence[str]) -> list[int]:
    """Count as a tokenizer that has a token for every character, white space included."""
    return [len(text) for text in texts]


def words(count: int, name: str = "و") -> str:
    return " ".join(f"{name}{number}" for number in range(count))


def split(
    *paragraphs: str, title: str = "", abstract: str = "", least: int = 4, most: int = 10
) -> list[tuple[tuple[int, ...], str]]:
    article = Article("a", title, paragraphs, abstract=abstract)
    passages = split_article(article, count_words, least, most)
    assert {(passage.article_id, passage.title) for passage in passages} <= {("a", title)}
    return [(passage.paragraphs, passage.text) for passage in passages]


def test_paragraphs_of_good_length_are_passages_of_their_own() -> None:
    one, two = words(4), words(10)
    assert split(one, two) == [((0,), one), ((1,), two)]


def test_short_neighbours_are_merged() -> None:
    assert split("یک دو", "سه", "چهار پنج") == [((0, 1, 2), "یک دو\nسه\nچهار پنج")]


def test_a_short_paragraph_joins_the_one_before_it() -> None:
    long = words(5)
    assert split(long, "کوتاه.", words(5)) == [((0, 1), f"{long}\nکوتاه."), ((2,), words(5))]


BODY = f"{words(6)}."


@pytest.mark.parametrize(
    "heading", ["نظر شما چیست؟", "«چرا؟»", "What next?", "وی گفت:", "تیتر میانی"]
)
def test_a_heading_joins_the_paragraph_behind_it(heading: str) -> None:
    assert split(BODY, heading, BODY, heading, BODY) == [
        ((0,), BODY),
        ((1, 2), f"{heading}\n{BODY}"),
        ((3, 4), f"{heading}\n{BODY}"),
    ]


def test_an_interview_keeps_each_question_with_its_answer() -> None:
    short, long = "بله، کار بسیار بود.", f"{words(8)}."
    assert split(BODY, "خسته‌اید؟", short, "چرا؟", long, "و بعد؟", long, most=12) == [
        ((0,), BODY),
        ((1, 2), f"خسته‌اید؟\n{short}"),
        ((3, 4), f"چرا؟\n{long}"),
        ((5, 6), f"و بعد؟\n{long}"),
    ]


def test_a_heading_joins_the_first_piece_of_a_paragraph_that_is_cut() -> None:
    long = f"{words(6)}. {words(6)}."
    assert split(BODY, "چرا؟", f" {long}") == [
        ((0,), BODY),
        ((1, 2), f"چرا؟\n {BODY}"),
        ((2,), BODY),
    ]


def test_a_list_joins_what_introduces_it() -> None:
    assert split(BODY, "یک", "دو", "سه", BODY) == [
        ((0, 1, 2, 3), f"{BODY}\nیک\nدو\nسه"),
        ((4,), BODY),
    ]
    assert split(BODY, "نام‌ها:", "یک و", "دو", BODY) == [
        ((0,), BODY),
        ((1, 2, 3), "نام‌ها:\nیک و\nدو"),
        ((4,), BODY),
    ]


def test_what_nothing_follows_is_no_heading() -> None:
    assert split(BODY, "عکس از خزر") == [((0, 1), f"{BODY}\nعکس از خزر")]


def test_short_paragraphs_are_merged_only_while_they_fit() -> None:
    three = words(3)
    assert split(*[three] * 4) == [((0, 1, 2), "\n".join([three] * 3)), ((3,), three)]
    assert split("کوتاه.", words(10)) == [((0,), "کوتاه."), ((1,), words(10))]


def test_nothing_is_merged_when_no_paragraph_is_too_short() -> None:
    assert split("یک", "دو", least=0) == [((0,), "یک"), ((1,), "دو")]


def test_blank_paragraphs_are_left_out_and_still_counted() -> None:
    assert split("", words(4), " \n\u00a0", words(5)) == [((1,), words(4)), ((3,), words(5))]


def test_a_long_paragraph_is_split_at_sentence_ends() -> None:
    sentences = [f"{words(4, name)}." for name in "ابپ"]
    assert split(words(4), " ".join(sentences), "پایان") == [
        ((0,), words(4)),
        ((1,), f"{sentences[0]} {sentences[1]}"),
        ((1,), sentences[2]),
        ((2,), "پایان"),
    ]


def test_an_endless_sentence_is_split_between_words() -> None:
    text = words(30)
    pieces = [piece for _, piece in split(text)]
    assert max(count_words(pieces)) <= 10
    assert " ".join(pieces) == text


def test_an_endless_word_is_split_through_it() -> None:
    article = Article("a", "", ("ا" * 100,))
    pieces = [p.text for p in split_article(article, count_characters, 4, 32)]
    assert [len(piece) for piece in pieces] == [25, 25, 25, 25]


def test_the_abstract_comes_first_and_is_no_paragraph() -> None:
    assert split(words(4), abstract="چکیده", title="عنوان", most=12) == [
        ((), "چکیده"),
        ((0,), words(4)),
    ]


def test_a_long_abstract_is_split_too() -> None:
    assert split(abstract=f"{words(6)}. {words(6)}.") == [
        ((), f"{words(6)}."),
        ((), f"{words(6)}."),
    ]


def test_an_article_with_a_title_only_is_one_passage() -> None:
    assert split(title="تنها یک عنوان") == [((), "تنها یک عنوان")]
    assert split("", " ", title="تنها یک عنوان", abstract=" ") == [((), "تنها یک عنوان")]


@pytest.mark.parametrize("title", ["", " "])
def test_an_article_without_any_text_has_no_passage(title: str) -> None:
    assert split("", " ", title=title, abstract="\n") == []


def test_the_title_is_embedded_with_every_passage_and_takes_of_its_room() -> None:
    passages = split_article(
        Article("a", words(3, "ع"), (f"{words(5)}. {words(5)}.",)), count_words, 0, 10
    )
    assert [passage.embedded_text for passage in passages] == [
        f"{words(3, 'ع')}\n{words(5)}.",
        f"{words(3, 'ع')}\n{words(5)}.",
    ]


def test_a_passage_without_a_title_is_embedded_as_it_is() -> None:
    assert Passage("a", "", (0,), "متن").embedded_text == "متن"


def test_of_a_title_of_more_than_a_line_its_first_words_are_embedded() -> None:
    title = " ".join(["عنوان"] * 100)
    passage = Passage("a", title, (0,), "متن")
    assert passage.embedded_text == " ".join(["عنوان"] * 33) + "\nمتن"
    assert passage.title == title


def test_text_is_kept_as_the_source_has_it() -> None:
    text = "همكاريهاي  ۷۲\u00a0درصد می‌شود ."
    assert split(text, least=0) == [((0,), text)]


_space = st.sampled_from([" ", "  ", "\n", "\n\n\n", "\u00a0", ". ", "؟ ", "! "])
_word = st.text(alphabet="ابپ\u200c۱ab.", min_size=1, max_size=12)
_paragraph = st.lists(st.tuples(_word, _space), max_size=25).map(
    lambda pairs: "".join(part for pair in pairs for part in pair)
)
_articles = st.builds(
    Article,
    id=st.just("a"),
    title=st.text(alphabet="عنوان ", max_size=14),
    paragraphs=st.lists(_paragraph, max_size=8).map(tuple),
    abstract=_paragraph,
)


@given(
    article=_articles,
    counter=st.sampled_from([count_words, count_characters]),
    least=st.integers(0, 50),
    most=st.integers(32, 80),
)
def test_every_passage_fits_and_nothing_is_lost(article, counter, least, most) -> None:
    passages = split_article(article, counter, least, most)
    assert all(count <= most for count in counter([p.embedded_text for p in passages]))
    if not any(text.strip() for text in (article.abstract, *article.paragraphs)):
        assert _letters(*(p.text for p in passages)) == _letters(article.title)
        return
    abstract = [p for p in passages if not p.paragraphs]
    body = [p for p in passages if p.paragraphs]
    assert passages == abstract + body
    assert _letters(*(p.text for p in abstract)) == _letters(article.abstract)
    assert _letters(*(p.text for p in body)) == _letters(*article.paragraphs)
    for passage in body:
        of_its_paragraphs = _letters(*(article.paragraphs[n] for n in passage.paragraphs))
        assert passage.text in "\n".join(article.paragraphs[n] for n in passage.paragraphs)
        if passage.paragraphs[0] == passages[-1].paragraphs[-1]:
            assert _letters(passage.text) in of_its_paragraphs
    numbers = [number for passage in body for number in passage.paragraphs]
    assert numbers == sorted(numbers)
    assert set(numbers) == {n for n, text in enumerate(article.paragraphs) if text.strip()}


def _letters(*texts: str) -> str:
    return "".join("".join(texts).split())


def test_very_many_short_paragraphs_are_counted_once_each() -> None:
    counted = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal counted
        counted += sum(len(text) for text in texts)
        return count_words(texts)

    article = Article("a", "", ("یک",) * 100_000)
    passages = split_article(article, count, 24, 384)
    assert [n for p in passages for n in p.paragraphs] == list(range(100_000))
    assert max(count_words([p.text for p in passages])) <= 384
    assert counted < 5 * 200_000


@pytest.mark.parametrize("paragraph", ["\u200b", "\u202e\u2066"])
def test_paragraphs_without_a_token_do_not_grow_into_one_passage(paragraph: str) -> None:
    article = Article("a", "", (paragraph,) * 10_000)
    passages = split_article(article, lambda texts: [0] * len(texts), 24, 384)
    assert [n for p in passages for n in p.paragraphs] == list(range(10_000))
    assert max(len(p.paragraphs) for p in passages) <= 400


@pytest.mark.parametrize("unit", ["x", "دریای خزر ", "یک جمله. "])
def test_a_very_long_paragraph_is_never_counted_whole(unit: str) -> None:
    longest = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal longest
        longest = max(longest, *map(len, texts), 0)
        return count_characters(texts)

    text = unit * (200_000 // len(unit))
    passages = split_article(Article("a", "", (text,)), count, 24, 384)
    assert "".join(p.text for p in passages).replace(" ", "") == text.replace(" ", "")
    assert max(len(p.text) for p in passages) <= 384
    assert longest <= 20_000
