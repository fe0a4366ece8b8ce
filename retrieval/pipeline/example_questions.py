"""Example questions that an archive can answer, for people who do not know what to ask."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final

from index.search_index import SearchIndex
from index.text.persian import words
from retrieval.answers import Answer, AnswerKind, SmallTalkReply
from retrieval.conversation import Conversation
from retrieval.crosslingual.lexicon import news_lexicon
from retrieval.query.query import ENGLISH, LATIN_PERSIAN, PERSIAN, is_arabic_script
from retrieval.query.small_talk import find_small_talk

# Articles that are looked through for a subject.
_ARTICLES: Final = 50
# Longer titles, and those with marks that would end the quotation, are no good examples.
_MAX_TITLE: Final = 60
_MARKS: Final = frozenset("«»\"“”'()[]…?؟/|")
# Shorter ones are parts of other words or names, most often.
_SHORTEST_NAME: Final = 4
_ABOUT: Final = {
    PERSIAN: "ماجرای «{subject}» چیست؟",
    ENGLISH: "What is the latest news about {subject}?",
    LATIN_PERSIAN: "akharin akhbare {subject}?",
}
# For an archive that has no such subject.
_LATEST: Final = {
    PERSIAN: "آخرین اخبار",
    ENGLISH: "What is the latest news?",
    LATIN_PERSIAN: "akharin akhbar",
}


class ExampleQuestions:
    """An example question in each language, about one of the newest articles of an index."""

    def __init__(self, index: SearchIndex) -> None:
        """Take the subjects from `index`, when they are first needed."""
        self._index = index

    def in_language(self, language: str) -> str:
        """Return an example in "fa", "en" or "fa-Latn"; always the same for one index."""
        subject = self._title if language == PERSIAN else self._name
        return _ABOUT[language].format(subject=subject) if subject else _LATEST[language]

    def reply(self, message: str, conversation: Conversation) -> Answer | None:
        """Return the answer to small talk, which has an example; None for a question.

        The conversation stays as it is; its language is that of a message without any word.
        """
        talk = find_small_talk(message)
        if talk is None:
            return None
        language = talk.language or conversation.language or PERSIAN
        return Answer(
            question=message,
            language=language,
            found=False,
            probability=0.0,
            passages=(),
            conversation=conversation,
            kind=AnswerKind.SMALL_TALK,
            small_talk=SmallTalkReply(talk.topic, self.in_language(language)),
        )

    @cached_property
    def _title(self) -> str | None:
        """The newest title that can be quoted."""
        return next(filter(_is_quotable, self._titles()), None)

    @cached_property
    def _name(self) -> str | None:
        """The first name in the newest titles that the lexicon has in Latin letters."""
        names = news_lexicon().names()
        found = (names.get(word.text) for title in self._titles() for word in words(title))
        return next((name for name in found if name and len(name) >= _SHORTEST_NAME), None)

    def _titles(self) -> Iterator[str]:
        """Yield the titles of the newest articles, or of any where none has a date."""
        newest = self._index.latest(_ARTICLES)
        rows = [int(self._index.article_rows(article_id)[0]) for article_id in newest]
        if not rows:
            some = range(min(self._index.facts.articles, _ARTICLES))
            rows = [int(self._index.passages_of([number])[0]) for number in some]
        for passage in self._index.passages(rows):
            yield passage.title.strip()


def _is_quotable(title: str) -> bool:
    return 0 < len(title) <= _MAX_TITLE and is_arabic_script(title) and _MARKS.isdisjoint(title)
