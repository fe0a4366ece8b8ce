"""Listings: everything that a question gets, in order, before it is cut into pages."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.contract import EVERYTHING, Filter, SearchIndex
from index.passages import Passage
from retrieval.agencies import Agencies
from retrieval.answers import Scope
from retrieval.conversation import Conversation
from retrieval.examination import Examined, Examiner
from retrieval.requests import intersection, read_request
from retrieval.settings import RetrievalSettings

# "Latest news of …" takes the passages whose score is at least this share of the best one's.
_ABOUT_SUBJECT = 0.6


@dataclass(frozen=True, slots=True)
class Listing:
    """All passages for one question.

    Attributes:
        language: of the question.
        passages: best first, or newest first.
        scores: of each passage, in [0, 1].
        probability: calibrated chance that the first passage answers; 1 for what was asked for by
            its code or date.
        scope: where was looked.
        examined: what the list rests on; None where nothing was searched for.
    """

    language: str
    passages: Sequence[Passage]
    scores: Sequence[float]
    probability: float
    scope: Scope
    examined: Examined | None


class Lister:
    """Lists passages of one opened index; may be used from several threads at once."""

    def __init__(
        self,
        index: SearchIndex,
        examiner: Examiner,
        settings: RetrievalSettings,
        today: Callable[[], dt.date],
    ) -> None:
        """List what `examiner` finds in `index`; `today` is the clock that «دیروز» is read by."""
        self._index = index
        self._examiner = examiner
        self._settings = settings
        self._today = today
        self.agencies = Agencies([name for name, _ in index.agencies()])

    def list(
        self, text: str, *, within: Filter = EVERYTHING, conversation: Conversation | None = None
    ) -> Listing | None:
        """List the passages for a question, or nothing for a text without any word.

        Args:
            text: the question as it was asked.
            within: the articles that the asker chose.
            conversation: what the question may follow up.

        Raises:
            QuestionError: the question is too long.
        """
        question = self._examiner.understand(text)
        if question is None:
            return None
        language = question.language
        request = read_request(text, self._today(), self.agencies)
        scope = Scope(intersection(within, request.within), False, request.unknown_source)
        if request.code and (articles := self._index.articles_with_code(request.code)):
            return self._whole(language, articles, Scope())
        if request.text != text:
            question = self._examiner.understand(request.text)
        if question is None:  # "latest news", of no subject
            newest = self._index.latest(self._settings.candidates, scope.within)
            return self._firsts(language, newest, scope)
        examined = self._examiner.examine(
            question, within=scope.within, period=request.period, conversation=conversation
        )
        timed = request.within.since or request.within.until
        gives_up = timed and (request.gives_up or self._index.facts.first_date is None)
        if gives_up and examined.probability < self._settings.found_threshold:
            wide = intersection(within, replace(request.within, since=None, until=None))
            wider = self._examiner.examine(
                question, within=wide, period=request.period, conversation=conversation
            )
            # An article of another time may be about the time that the question names.
            if not examined.ranking.passages or wider.probability >= self._settings.found_threshold:
                examined, scope = wider, replace(scope, within=wide, widened=True)
        listing = Listing(
            language=language,
            passages=examined.ranking.passages,
            scores=examined.ranking.scores.tolist(),
            probability=examined.probability,
            scope=scope,
            examined=examined,
        )
        return self._newest_first(listing, examined) if request.latest else listing

    def _whole(self, language: str, articles: Sequence[str], scope: Scope) -> Listing:
        rows = [row for article in articles for row in self._index.article_rows(article)]
        return _certain(language, self._index.passages(rows), scope)

    def _firsts(self, language: str, articles: Sequence[str], scope: Scope) -> Listing:
        rows = [int(self._index.article_rows(article)[0]) for article in articles]
        return _certain(language, self._index.passages(rows), scope)

    def _newest_first(self, listing: Listing, examined: Examined) -> Listing:
        """Keep the best passage of each article that is about the subject, the newest first."""
        if not listing.passages:
            return listing
        least = _ABOUT_SUBJECT * listing.scores[0]
        best: dict[str, int] = {}
        for at, (passage, score) in enumerate(zip(listing.passages, listing.scores, strict=True)):
            if score >= least:
                best.setdefault(passage.article_id, at)
        kept = list(best.values())
        days = self._index.dates(examined.ranking.rows[kept].tolist())
        # What has no date comes last; of one day, the best first.
        ordered = [kept[at] for at in np.argsort(-days, kind="stable")]
        return replace(
            listing,
            passages=[listing.passages[at] for at in ordered],
            scores=[listing.scores[at] for at in ordered],
        )


def _certain(language: str, passages: Sequence[Passage], scope: Scope) -> Listing:
    """List passages that were asked for by code or date: nothing is uncertain about them."""
    probability = 1.0 if passages else 0.0
    return Listing(language, passages, [1.0] * len(passages), probability, scope, None)
