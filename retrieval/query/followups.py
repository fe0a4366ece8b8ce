"""Follow-ups: questions whose words point back to what was said before."""

import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Final

from pydantic import BaseModel, ConfigDict

from index.text.persian import ZWNJ, has_possessive_suffix, normalise, words
from retrieval.query.query import ENGLISH, Query

_TOKEN: Final = re.compile(rf"[^\W_]+(?:['’{ZWNJ}]+[^\W_]+)*")

# What a turn begins with that goes on with the one before.
_JOINERS: Final = frozenset(
    "and but so then also or plus besides و پس ولی اما بعد بعدش حالا خب خوب یا".split()
)
# Stand for somebody or something, and are settled by a noun before them in the same question.
_PRONOUNS: Final = frozenset(
    """
    he him his she her hers it its they them their theirs himself herself itself themselves
    او وی اون اونا اونها آنها آن‌ها آنان ایشان ایشون خودش خودشان خودشون
    """.split()
)
# Point at something said before, wherever they stand.
_DEMONSTRATIVES: Final = frozenset(
    "this that these those این آن همین همان همون اینها این‌ها اینا".split()
)
_PLACES: Final = frozenset("there آنجا اونجا همانجا همونجا".split())
# "this week" and «این روزها» are times, and point at nothing that was said.
_TIMES: Final = frozenset(
    """
    week weekend month year season days weeks months years morning evening afternoon summer
    winter spring autumn fall century decade time
    هفته ماه سال روز روزها روزا فصل شب صبح قرن دهه بار دوره
    """.split()
)
# "said that": what follows is no noun that is pointed at.
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
_RELATING: Final = frozenset(
    """
    else other others another same more too either instead next last previous first still yet
    دیگه دیگر دیگری بقیه بقیهٔ همینقدر همین‌قدر هم هنوز الان بیشتر بازم قبلی بعدی
    """.split()
)
# Words that ask or join; a noun settles a pronoun, and these are none.
_ASKING: Final = frozenset(
    """
    who whom whose what which when where why how much many did do does is are was were has have had
    will would can could should the a an of in on at to for from by with about as if be been not
    چه چی چند چقدر چگونه چطور چرا کی کجا کدام کدوم آیا را رو از به در با بر برای تا هم که تو
    درباره قبل بعد پیش است بود شد هست کجاست کجان چنده چیه کیه چیست کیست
    """.split()
)
_BEING: Final = frozenset("is are was were be been".split())
# Names or nouns before "this province" that make it one of the question's own.
_DESCRIBED: Final = 3
# A name has no more words.
_NAME_WORDS: Final = 2
# What is left of a pronoun's weight when something before it may be what it stands for.
_SETTLED: Final = 0.3


@dataclass(frozen=True, slots=True)
class Cues:
    """What in a question's wording points back.

    Attributes:
        joins: 1 when it begins with "and", «پس» and their like.
        refers: 1 when a pronoun or a demonstrative has nothing before it in the question that it
            could stand for; 0.3 when it has.
        relates: 1 when it asks for more, or for the same of something else («زنان چطور؟»).
        brief: 1 / (1 + number of telling words); 1 when it has none, 0 for a phrase.
        named: 1 when it has a number or, in English, a name.
        phrase: 1 when it is a few words without a verb or a question word, as in a search engine.
    """

    joins: float
    refers: float
    relates: float
    brief: float
    named: float
    phrase: float


@dataclass(frozen=True, slots=True)
class ContextFeatures:
    """How well a question stands without the turn before it.

    Attributes:
        home: highest cosine with it in the articles of the answer before, less the highest
            anywhere; 0 or less.
        foreign: how much the most telling of its words tells that the first of these articles does
            not have; 0 when it has all of them.
        shared: share of its words, each by how much it tells, that the first of these articles
            has; 1 when it has no words.
        alone: chance in [0, 1] that the archive answers it as it is.
    """

    home: float
    foreign: float
    shared: float
    alone: float


@dataclass(frozen=True, slots=True)
class FollowupEvidence:
    """What speaks for and against a question's being a follow-up."""

    cues: Cues
    standing: ContextFeatures

    def values(self) -> dict[str, float]:
        """Return all values by name."""
        return asdict(self.cues) | asdict(self.standing)


class FollowupModel(BaseModel):
    """A logistic regression over `FollowupEvidence`: its intercept and coefficients."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intercept: float
    joins: float
    refers: float
    relates: float
    brief: float
    named: float
    phrase: float
    home: float
    foreign: float
    shared: float
    alone: float

    def probability(self, evidence: FollowupEvidence) -> float:
        """Return the chance in [0, 1] that a question follows up the turn before it."""
        values = evidence.values()
        logit = self.intercept + sum(getattr(self, name) * values[name] for name in values)
        return 0.5 * (1 + math.tanh(logit / 2))


def find_cues(question: Query) -> Cues:
    """Return what in a question points back; see `Cues`."""
    english = question.language == ENGLISH
    text = question.encoder_text if english else normalise(question.encoder_text)
    tokens = [match.group() for match in _TOKEN.finditer(text)]
    folded = [token.casefold().replace("’", "'").removesuffix("'s") for token in tokens]
    # «بعد از …» is a time, and joins nothing.
    joins = bool(folded) and folded[0] in _JOINERS and folded[:2] != ["بعد", "از"]
    refers = _refers(tokens, folded, joins=joins, english=english)
    phrase = not refers and _is_phrase(question, folded)
    return Cues(
        joins=float(joins),
        refers=refers,
        relates=float(_relates(folded)),
        brief=0.0 if phrase else 1 / (1 + len(question.words)),
        named=float(_is_named(tokens, english=english)),
        phrase=float(phrase),
    )


def is_name(question: Query) -> bool:
    """Tell whether a question is nothing but a name or a like phrase, of two words at most."""
    return find_cues(question).phrase == 1 and len(question.words) <= _NAME_WORDS


def _refers(tokens: Sequence[str], folded: Sequence[str], *, joins: bool, english: bool) -> float:
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
                strongest = max(strongest, _SETTLED if settled and not joins else 1.0)
        elif word in _PRONOUNS or (not english and has_possessive_suffix(word)):
            # "It was" of "how long was it" settles nothing, "Messi" does.
            settled = nouns >= 1 if english else nouns >= 2
            strongest = max(strongest, _SETTLED if settled and not joins else 1.0)
        elif english:
            nouns += at > 0 and tokens[at][0].isupper()
        elif word not in _ASKING and word not in _JOINERS:
            nouns += 1
    return strongest


def _points_back(folded: Sequence[str], at: int, following: str | None) -> bool:
    if following is None or following in _ASKING:
        return at == 0 or folded[at - 1] not in _CLAUSE_OPENERS
    # hazm ties what follows: ماه‌رو.
    if following.split(ZWNJ)[0] in _TIMES or (at and folded[at - 1] in _CLAUSE_OPENERS):
        return False
    # «آن بازیکن پرسپولیس که …»: the description follows.
    if not _RELATIVES.isdisjoint(folded[at + 2 :]):
        return False
    # "a plan that failed": a relative clause, no pointing.
    return not (folded[at] == "that" and at > 0 and folded[at - 1] not in _ASKING | _JOINERS)


def _relates(folded: Sequence[str]) -> bool:
    if not _RELATING.isdisjoint(folded) or folded[-1:] in (["چی"], ["چطور"]):
        return True
    return any(pair in (("what", "about"), ("how", "about")) for pair in pairwise(folded))


def _is_phrase(question: Query, folded: Sequence[str]) -> bool:
    if not (_ASKING | _JOINERS | _PRONOUNS | _RELATING).isdisjoint(folded):
        return False
    # A Persian verb's term is its past and present stem.
    return not any("#" in term for word in words(question.encoder_text) for term in word.terms)


def _is_named(tokens: Sequence[str], *, english: bool) -> bool:
    # Persian writes names like other words.
    names = english and any(token[0].isupper() for token in tokens[1:])
    return names or any(token.isdecimal() for token in tokens)
