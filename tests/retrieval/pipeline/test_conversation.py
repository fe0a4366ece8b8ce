"""Conversations: follow-ups are read with what came before, and new questions are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval import Answer, Retriever
from retrieval.conversation import MAX_TURNS, Conversation, ConversationError, SourceArticle, Turn

FIRST = "چند دانشجوی ایرانی در آستراخان درس می‌خوانند؟"


def places(answer: Answer) -> list[tuple[str, tuple[int, ...]]]:
    return [(passage.article_id, passage.paragraphs) for passage in answer.passages]


def test_a_follow_up_looks_in_the_article_that_answered(retriever: Retriever) -> None:
    first = retriever.ask(FIRST)
    assert not first.follows_up
    alone = retriever.ask("او چه گفت؟")
    assert not alone.follows_up
    second = retriever.ask("و استاندار از بندر چه گفت؟", conversation=first.conversation)
    assert second.follows_up
    assert places(second)[0] == ("astrakhan", (0,))
    third = retriever.ask("And what about fishing there?", conversation=second.conversation)
    assert third.follows_up
    assert third.language == "en"
    assert third.passages[0].article_id == "astrakhan"


def test_a_new_question_is_answered_as_if_nothing_had_been_said(retriever: Retriever) -> None:
    question = "مربی تیم ملی کشتی درباره اردوی مازندران چه گفت؟"
    alone = retriever.ask(question)
    later = retriever.ask(question, conversation=retriever.ask(FIRST).conversation)
    assert not later.follows_up
    assert later.passages == alone.passages
    assert later.probability == alone.probability


def test_the_same_turn_has_the_same_answer(retriever: Retriever) -> None:
    before = retriever.ask(FIRST).conversation
    first, second = (retriever.ask("و آنجا چه؟", conversation=before) for _ in range(2))
    assert first == second


def test_a_conversation_keeps_its_last_turns(retriever: Retriever) -> None:
    conversation = Conversation()
    for number in range(MAX_TURNS + 3):
        conversation = retriever.ask(f"دریای خزر {number}", conversation=conversation).conversation
    assert len(conversation.turns) == MAX_TURNS
    assert conversation.turns[-1].question == f"دریای خزر {MAX_TURNS + 2}"


def test_another_page_is_no_turn(retriever: Retriever) -> None:
    before = retriever.ask(FIRST, limit=2)
    page = retriever.ask(FIRST, limit=2, offset=2)
    assert page.conversation == before.conversation
    assert not set(places(before)) & set(places(page))


def test_a_text_without_words_leaves_the_conversation_as_it_was(retriever: Retriever) -> None:
    before = retriever.ask(FIRST).conversation
    assert retriever.ask("؟!", conversation=before).conversation == before


def test_a_follow_up_that_was_not_answered_is_no_topic() -> None:
    def turn(
        question: str, *, found: bool, follows: bool = False, articles: tuple[str, ...] = ("a",)
    ) -> Turn:
        sources = tuple(SourceArticle(article, 1.0) for article in articles)
        return Turn(question, question, follows, found, sources, (0,))

    found, missed = turn("a", found=True), turn("b", found=False, follows=True)
    new = turn("d", found=False)
    empty = turn("c", found=False, articles=())
    assert Conversation().antecedent is None
    assert Conversation((empty,)).antecedent is None
    assert Conversation((found, missed, empty)).antecedent == found
    assert Conversation((found, new, empty)).antecedent == new
    assert Conversation((found, new, missed)).antecedent == new


TURNS = st.builds(
    Turn,
    question=st.text(max_size=20),
    subject=st.text(max_size=20),
    follows=st.booleans(),
    found=st.booleans(),
    articles=st.lists(
        st.builds(SourceArticle, st.text(max_size=5), st.floats(0, 1)), max_size=3
    ).map(tuple),
    paragraphs=st.lists(st.integers(0, 99), max_size=3).map(tuple),
)


@given(st.lists(TURNS, max_size=MAX_TURNS).map(lambda turns: Conversation(tuple(turns))))
def test_a_conversation_is_kept_as_json(conversation: Conversation) -> None:
    assert Conversation.from_json(conversation.to_json()) == conversation


@pytest.mark.parametrize("text", ["", "[]", '{"turns": [1]}', "{"])
def test_what_is_no_conversation_is_refused(text: str) -> None:
    with pytest.raises(ConversationError, match=r"^not a conversation that Khazar wrote$"):
        Conversation.from_json(text)
