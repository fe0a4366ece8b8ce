"""Questions: their language and the words that the lexical channel searches for."""

import unicodedata
from dataclasses import dataclass

from index.contract import Alternative, TermGroup
from index.persian import Word, formal_spellings, words
from retrieval.errors import QuestionError

# Words and verbs that ask, join or point and say nothing of the subject, written and spoken.
_FUNCTION_WORDS = frozenset(
    """
    و یا که را رو از به در تو با بر برای واسه تا هم نیز اگر اگه ولی اما پس چون
    چه چی چند چندتا چقدر چگونه چطور چطوری چرا کی کجا کدام کدوم آیا مگر مگه
    این آن اون اینکه آنکه همین همان یک یه یکی او اونا آنها وی من ما شما تو خود خودش
    است هست #است #هست بود#باش می ها های ای اش
    the a an of in on at to for from by with and or is are was were be been do does did has have had
    what which who whom whose when where why how many much that this these those it its as than
    """.split()
)
# A spoken form may just as well be a word of its own.
_FORMAL_WEIGHT = 0.8


@dataclass(frozen=True, slots=True)
class Question:
    """A question, ready to be searched.

    Attributes:
        text: as it was asked, without the space around it.
        language: "fa" or "en"; what is in neither script is treated as "en".
        groups: its words for the lexical channel; empty when it has none.
    """

    text: str
    language: str
    groups: tuple[TermGroup, ...]


def understand(text: str, max_characters: int) -> Question | None:
    """Make a question of what a person typed.

    Returns:
        The question, or None when the text has no letter and no digit.

    Raises:
        QuestionError: it is longer than `max_characters`.
    """
    text = text.strip()
    if len(text) > max_characters:
        raise QuestionError(
            f"a question may have {max_characters:,} characters, and this one has {len(text):,}; "
            "ask it in fewer words"
        )
    if not any(character.isalnum() for character in text):
        return None
    return Question(text, detect_language(text), _groups(text))


def detect_language(text: str) -> str:
    """Return "fa" for a text in Arabic script, for the most part, and "en" for any other."""
    letters = [character for character in text if character.isalpha()]
    arabic = sum(unicodedata.name(letter, "").startswith("ARABIC") for letter in letters)
    return "fa" if arabic * 2 >= len(letters) > 0 else "en"


def _groups(text: str) -> tuple[TermGroup, ...]:
    found = words(text)
    telling = [word for word in found if _FUNCTION_WORDS.isdisjoint((word.text, *word.terms))]
    # «چی شد؟» has none but function words, and they are all there is to search for.
    groups = [group for word in telling or found for group in _word_groups(word)]
    return tuple(dict.fromkeys(groups))


def _word_groups(word: Word) -> list[TermGroup]:
    """Return one group, or one for each part of a compound, which may be written in one piece."""
    if len(word.terms) == 1:
        spellings = formal_spellings(word.text)
        formal = (Alternative((term,), _FORMAL_WEIGHT) for term in spellings)
        return [TermGroup((Alternative(word.terms), *formal))]
    first, *others = word.terms
    return [
        TermGroup((Alternative((first,)), Alternative((word.joined,)))),
        *(TermGroup((Alternative((term,)),)) for term in others),
    ]
