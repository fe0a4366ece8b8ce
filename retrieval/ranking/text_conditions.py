"""Conditions on the texts of passages: phrases that they must have, words that they must not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from index.search_index import PassageTerms, SearchIndex, SynonymGroup
from index.text.passages import Passage
from index.text.persian import words
from retrieval.query.query import PERSIAN, Query
from retrieval.ranking.ranking import Ranking


@dataclass(frozen=True, slots=True)
class PhraseCondition:
    """A phrase that a passage or its title must have.

    Attributes:
        text: the phrase as it was typed.
        groups: the terms of its words, translated where it is in Latin letters.
        ordered: whether the words must stand in their order; those of a translation need not.
    """

    text: str
    groups: tuple[SynonymGroup, ...]
    ordered: bool

    def is_met(self, passage: Passage, terms: PassageTerms) -> bool:
        """Return whether a passage or its title has the phrase."""
        texts = (passage.title, passage.text)
        if any(self.text.casefold() in text.casefold() for text in texts):
            return True
        if not _has_all(terms.title | terms.text, self.groups):
            return False
        return any(self._stands_in(text) for text in texts)

    def _stands_in(self, text: str) -> bool:
        """Return whether the words of the phrase stand side by side in a text."""
        found = [{*word.terms, word.joined} for word in words(text)]
        size = len(self.groups)
        for start in range(len(found) - size + 1):
            window = found[start : start + size]
            if self.ordered:
                if all(map(_matches, self.groups, window)):
                    return True
            elif _has_all(frozenset().union(*window), self.groups):
                return True
        return False


@dataclass(frozen=True, slots=True)
class TextConditions:
    """What the text of a passage, or its title, must have and must not have.

    Attributes:
        phrases: what it must have, all of them.
        excluded: the terms of what it must not have, none of them.
    """

    phrases: tuple[PhraseCondition, ...] = ()
    excluded: tuple[tuple[SynonymGroup, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.excluded)

    def are_met(self, passage: Passage, terms: PassageTerms) -> bool:
        """Return whether a passage meets all of them."""
        return not self.excludes(terms.title | terms.text) and all(
            phrase.is_met(passage, terms) for phrase in self.phrases
        )

    def excludes(self, present: frozenset[str]) -> bool:
        """Return whether a text with these terms has something that it must not have."""
        return any(_has_all(present, groups) for groups in self.excluded)

    def select(self, ranking: Ranking) -> Ranking:
        """Return the candidates of a ranking that meet them, in their order."""
        if not self:
            return ranking
        kept = self._kept(ranking.passages, ranking.terms(ranking.rows.tolist()))
        return ranking.select(np.array(kept, dtype=np.intp))

    def select_rows(self, index: SearchIndex, rows: list[int]) -> list[int]:
        """Return the rows of the passages that meet them, in their order."""
        if not self:
            return rows
        return [rows[at] for at in self._kept(index.passages(rows), index.passage_terms(rows))]

    def _kept(self, passages: Sequence[Passage], terms: Sequence[PassageTerms]) -> list[int]:
        return [
            at
            for at, (passage, own) in enumerate(zip(passages, terms, strict=True))
            if self.are_met(passage, own)
        ]


NO_CONDITIONS = TextConditions()


def make_conditions(
    parse: Callable[[str], Query | None], phrases: Sequence[str], excluded: Sequence[str]
) -> TextConditions:
    """Return the conditions that a text has some phrases and does not have other words.

    Args:
        parse: turns words of any language into a query for the index.
        phrases: what a text must have, as it was typed.
        excluded: what it must not have.
    """
    required = ((phrase, parse(phrase)) for phrase in phrases)
    unwanted = map(parse, excluded)
    return TextConditions(
        tuple(
            PhraseCondition(phrase, query.groups, ordered=query.language == PERSIAN)
            for phrase, query in required
            if query is not None
        ),
        tuple(query.groups for query in unwanted if query is not None),
    )


def _has_all(present: frozenset[str], groups: Sequence[SynonymGroup]) -> bool:
    """Return whether some terms have an alternative of each word."""
    return bool(groups) and all(
        any(present.issuperset(option.terms) for option in group.alternatives) for group in groups
    )


def _matches(group: SynonymGroup, word: set[str]) -> bool:
    return any(word.issuperset(option.terms) for option in group.alternatives)
