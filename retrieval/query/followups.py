"""Follow-ups: features of questions that refer to an earlier turn."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Final

from index.text.persian import ZWNJ, Word, has_possessive_suffix, words
from retrieval.query.query import ENGLISH, Query

_TOKEN: Final = re.compile(rf"[^\W_]+(?:['’{ZWNJ}]+[^\W_]+)*")

# Words that a follow-up begins with.
_CONJUNCTIONS: Final = frozenset(
    "and but so then also or plus besides و پس ولی اما بعد بعدش حالا خب خوب یا".split()
)
# Stand for somebody or something; a noun before them in the same question may be what they mean.
_PRONOUNS: Final = frozenset(
    """
    he him his she her hers it its they them their theirs himself herself itself themselves
    او وی اون اونا اونها آنها آن‌ها آنان ایشان ایشون خودش خودشان خودشون
    """.split()
)
# Refer to something said before.
_DEMONSTRATIVES: Final = frozenset(
    "this that these those این آن همین همان همون اینها این‌ها اینا".split()
)
_PLACES: Final = frozenset("there آنجا اونجا همانجا همونجا".split())
# "this week" and «این روزها» are times, and refer to no earlier turn.
_TIMES: Final = frozenset(
    """
    week weekend month year season days weeks months years morning evening afternoon summer
    winter spring autumn fall century decade time
    هفته ماه سال روز روزها روزا فصل شب صبح قرن دهه بار دوره
    """.split()
)
# "said that": what follows is a clause, not a noun.
_CLAUSE_OPENERS: Final = frozenset(
    """
    say says said saying think thinks thought believe believes believed claim claims claimed
    announce announced report reported reports show showed shows mean means know knew deny denied
    warn warned
    so such fact
    """.split()
)
_RELATIVES: Final = frozenset("who which whose that که".split())
# Ask for more of the same, or for the same of something else.
_ELLIPTIC: Final = frozenset(
    """
    else other others another same more too either instead next last previous first still yet
    دیگه دیگر دیگری بقیه بقیهٔ همینقدر همین‌قدر هم هنوز الان بیشتر بازم قبلی بعدی
    """.split()
)
# Question words, auxiliaries and prepositions: no nouns that a pronoun could stand for.
_ASKING: Final = frozenset(
    """
    who whom whose what which when where why how much many did do does is are was were has have had
    will would can could should the a an of in on at to for from by with about as if be been not
    چه چی چند چقدر چگونه چطور چرا کی کجا کدام کدوم آیا را رو از به در با بر برای تا هم که تو
    درباره قبل بعد پیش است بود شد هست کجاست کجان چنده چیه کیه چیست کیست
    """.split()
)
_BEING: Final = frozenset("is are was were be been".split())
# Number of nouns before "this province" from which on it refers to one of them.
_DESCRIBED: Final = 3
# Words in a name at most.
_NAME_WORDS: Final = 2
# Value of a pronoun that may stand for a noun before it.
_SETTLED: Final = 0.3


@dataclass(frozen=True, slots=True)
class Cues:
    """Features of a question's wording that point back to an earlier question.

    Attributes:
        starts_with_conjunction: 1 when it begins with "and", «پس» and their like.
        anaphora: 1 when a pronoun or a demonstrative has nothing before it in the question that it
            could stand for; 0.3 when it has.
        ellipsis: 1 when it asks for more, or for the same of something else («زنان چطور؟»).
        brevity: 1 / (1 + number of content words); 0 for a keyword query.
        has_entity: 1 when it has a number or, in English, a name.
        is_keyword_query: 1 when it is a few words without a verb or a question word, as people type
            them into a search engine.
    """

    starts_with_conjunction: float
    anaphora: float
    ellipsis: float
    brevity: float
    has_entity: float
    is_keyword_query: float


@dataclass(frozen=True, slots=True)
class ContextFeatures:
    """Features of how well a question stands without the turn before it.

    Attributes:
        source_similarity_gap: its highest cosine in the articles of the answer before, minus the
            highest anywhere; 0 or less.
        max_unseen_idf: highest IDF of its words that the first of these articles lacks; 0 when it
            has all of them.
        idf_overlap: share of its words, weighted by IDF, that the first of these articles has; 1
            when the question has no words.
        standalone_probability: chance in [0, 1] that the archive answers it without the turn.
    """

    source_similarity_gap: float
    max_unseen_idf: float
    idf_overlap: float
    standalone_probability: float


@dataclass(frozen=True, slots=True)
class FollowupFeatures:
    """All features of whether a question follows up the turn before it."""

    cues: Cues
    context: ContextFeatures

    def values(self) -> dict[str, float]:
        """Return all features by name."""
        return asdict(self.cues) | asdict(self.context)


FOLLOWUP_FEATURES: Final = frozenset(
    field.name for features in (Cues, ContextFeatures) for field in fields(features)
)


def find_cues(query: Query) -> Cues:
    """Return the features of a question's wording; see `Cues`."""
    english = query.language == ENGLISH
    analysed = words(query.encoder_text)
    # English tokens keep their case, which tells names from other words.
    tokens = _TOKEN.findall(query.encoder_text) if english else [word.text for word in analysed]
    folded = [token.casefold().replace("’", "'").removesuffix("'s") for token in tokens]
    # «بعد از …» is a time, and no conjunction.
    conjunction = bool(folded) and folded[0] in _CONJUNCTIONS and folded[:2] != ["بعد", "از"]
    anaphora = _anaphora(tokens, folded, conjunction=conjunction, english=english)
    is_keyword_query = not anaphora and _is_keyword_query(analysed, folded)
    return Cues(
        starts_with_conjunction=float(conjunction),
        anaphora=anaphora,
        ellipsis=float(_is_elliptic(folded)),
        brevity=0.0 if is_keyword_query else 1 / (1 + len(query.words)),
        has_entity=float(_has_entity(tokens, english=english)),
        is_keyword_query=float(is_keyword_query),
    )


def is_name(query: Query) -> bool:
    """Return whether a question is only a name or a similar phrase, of two words at most."""
    return len(query.words) <= _NAME_WORDS and find_cues(query).is_keyword_query == 1


def _anaphora(
    tokens: Sequence[str], folded: Sequence[str], *, conjunction: bool, english: bool
) -> float:
    strongest = 0.0
    nouns = 0
    for at, word in enumerate(folded):
        following = folded[at + 1] if at + 1 < len(folded) else None
        if word in _PLACES:
            # "there is" and "is there" name no place.
            if _BEING.isdisjoint(folded[max(at - 1, 0) : at + 2]):
                strongest = 1.0
        elif word in _DEMONSTRATIVES:
            if _points_back(folded, at, following):
                settled = nouns >= _DESCRIBED
                strongest = max(strongest, _SETTLED if settled and not conjunction else 1.0)
        elif word in _PRONOUNS or (not english and has_possessive_suffix(word)):
            # "how long was it" has no noun for "it"; "Messi" would be one.
            settled = nouns >= 1 if english else nouns >= 2
            strongest = max(strongest, _SETTLED if settled and not conjunction else 1.0)
        elif english:
            nouns += at > 0 and tokens[at][0].isupper()
        elif word not in _ASKING and word not in _CONJUNCTIONS:
            nouns += 1
    return strongest


def _points_back(folded: Sequence[str], at: int, following: str | None) -> bool:
    if following is None or following in _ASKING:
        return at == 0 or folded[at - 1] not in _CLAUSE_OPENERS
    # hazm may join the next word to it: ماه‌رو.
    if following.split(ZWNJ)[0] in _TIMES or (at and folded[at - 1] in _CLAUSE_OPENERS):
        return False
    # «آن بازیکن پرسپولیس که …»: the description follows.
    if not _RELATIVES.isdisjoint(folded[at + 2 :]):
        return False
    # "a plan that failed": a relative clause, which refers to nothing earlier.
    return not (folded[at] == "that" and at > 0 and folded[at - 1] not in _ASKING | _CONJUNCTIONS)


def _is_elliptic(folded: Sequence[str]) -> bool:
    if not _ELLIPTIC.isdisjoint(folded) or folded[-1:] in (["چی"], ["چطور"]):
        return True
    return any(pair in (("what", "about"), ("how", "about")) for pair in pairwise(folded))


def _is_keyword_query(analysed: Sequence[Word], folded: Sequence[str]) -> bool:
    if not (_ASKING | _CONJUNCTIONS | _PRONOUNS | _ELLIPTIC).isdisjoint(folded):
        return False
    # A Persian verb's term is its past and present stem.
    return not any("#" in term for word in analysed for term in word.terms)


def _has_entity(tokens: Sequence[str], *, english: bool) -> bool:
    # Persian writes names like other words.
    names = english and any(token[0].isupper() for token in tokens[1:])
    return names or any(token.isdecimal() for token in tokens)
