"""The numbers behind the report's plots."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA

from index.article import Article
from index.dates import Calendar, to_calendar
from index.snapshots.snapshot import Snapshot
from index.text.function_words import is_function_word
from index.text.number_words import is_persian_number
from index.text.persian import Word, words

# Agencies shown by name; the others are shown together.
MOST_AGENCIES = 7
OTHERS = "بقیه"
UNKNOWN = "نامشخص"
_MOST_POINTS = 2500
_SUBJECTS = 8
_WORDS = 3
_MOST_GROUPS = 40
_SHORTEST = 3
# Between the past and the present stem in the index term of a verb.
_VERB_MARK = "#"


@dataclass(frozen=True, slots=True)
class Months:
    """Articles by month and agency.

    Attributes:
        names: the Jalali months, YYYY-MM, without a gap.
        agencies: the agencies, most articles first.
        counts: (months, agencies) articles.
        undated: articles without a date.
    """

    names: tuple[str, ...]
    agencies: tuple[str, ...]
    counts: NDArray[np.int64]
    undated: int


@dataclass(frozen=True, slots=True)
class Point:
    """An article on the map of topics; x and y are in [0, 1]."""

    x: float
    y: float
    subject: int
    title: str


@dataclass(frozen=True, slots=True)
class TopicMap:
    """Articles by the first two principal components of their vectors.

    Attributes:
        points: some articles, evenly chosen where there are many.
        subjects: of each group of near articles, the words that its titles have more than others,
            each in its most usual spelling.
        explained_variance: the share of the vectors' variance that the two components show.
    """

    points: tuple[Point, ...]
    subjects: tuple[str, ...]
    explained_variance: float


@dataclass(frozen=True, slots=True)
class Figures:
    """All numbers of the page."""

    months: Months
    agencies: tuple[tuple[str, int], ...]
    lengths: NDArray[np.int64]
    groups: tuple[tuple[Article, ...], ...]
    group_sizes: tuple[int, ...]
    subjects: TopicMap


def collect(snapshot: Snapshot, groups: list[list[str]]) -> Figures:
    """Read a snapshot once and count.

    Args:
        snapshot: the snapshot.
        groups: ids of near-duplicates, as the metadata has them.
    """
    agencies = snapshot.agencies()
    lengths = np.empty(snapshot.facts.passages, dtype=np.int64)
    for row in range(len(lengths)):
        lengths[row] = len(snapshot.passages([row])[0].text.split())
    shown = [[_known(snapshot.article(one)) for one in group] for group in groups[:_MOST_GROUPS]]
    return Figures(
        months=_months(snapshot.articles(), [name for name, _ in agencies[:MOST_AGENCIES]]),
        agencies=tuple(agencies),
        lengths=lengths,
        groups=tuple(map(tuple, shown)),
        group_sizes=tuple(map(len, groups)),
        subjects=_subjects(snapshot),
    )


def _known(article: Article | None) -> Article:
    if article is None:
        raise KeyError("the metadata links an article that is not in the snapshot")
    return article


def _months(articles: Iterable[Article], named: list[str]) -> Months:
    counts: Counter[tuple[int, str]] = Counter()
    undated = 0
    for article in articles:
        if article.date is None:
            undated += 1
            continue
        agency = article.agency or UNKNOWN
        year, number, _ = to_calendar(Calendar.JALALI, article.date)
        month = year * 12 + number - 1
        counts[month, agency if agency in (*named, UNKNOWN) else OTHERS] += 1
    used = {agency for _, agency in counts}
    columns = [name for name in (*named, OTHERS, UNKNOWN) if name in used]
    first = min((month for month, _ in counts), default=0)
    last = max((month for month, _ in counts), default=-1)
    table = np.zeros((last - first + 1, len(columns)), dtype=np.int64)
    for (month, agency), number in counts.items():
        table[month - first, columns.index(agency)] = number
    names = tuple(f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(first, last + 1))
    return Months(names, tuple(columns), table, undated)


def _subjects(snapshot: Snapshot) -> TopicMap:
    articles, means = [], []
    step = max(1, -(-snapshot.facts.articles // _MOST_POINTS))
    for row, article in enumerate(snapshot.articles()):
        rows = snapshot.article_rows(article.id).tolist() if row % step == 0 else []
        if rows:
            articles.append(article)
            means.append(snapshot.vectors(rows).mean(axis=0))
    vectors = np.array(means, dtype=np.float64).reshape(len(means), -1)
    if len(vectors) < 3:
        return TopicMap((), (), 0.0)
    pca = PCA(n_components=2, svd_solver="full")
    places = pca.fit_transform(vectors)
    low, high = places.min(axis=0), places.max(axis=0)
    places = (places - low) / np.where(high > low, high - low, 1)
    groups = _groups(vectors)
    points = tuple(
        Point(float(x), float(y), int(group), article.title)
        for (x, y), group, article in zip(places, groups, articles, strict=True)
    )
    names = _names([article.title for article in articles], groups)
    # Identical vectors have no variance, so there is no share of it.
    return TopicMap(points, names, float(np.nan_to_num(pca.explained_variance_ratio_).sum()))


def _groups(vectors: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return the (n,) group of each vector."""
    different = len(np.unique(vectors, axis=0))
    clusters = min(_SUBJECTS, max(1, len(vectors) // 2), different)
    groups: NDArray[np.int32] = KMeans(clusters, n_init=4, random_state=0).fit_predict(vectors)
    return groups


def _names(titles: list[str], groups: NDArray[np.int32]) -> tuple[str, ...]:
    """Name each group by the most distinctive words of its titles."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    terms: list[set[str]] = []
    for title in titles:
        found = [word for word in words(title) if _tells_subject(word)]
        for word in found:
            spellings[word.joined][word.text] += 1
        terms.append({word.joined for word in found})
    everywhere = Counter(term for some in terms for term in some)
    names = []
    for group in range(int(groups.max()) + 1):
        members = [some for some, own in zip(terms, groups, strict=True) if own == group]
        inside = Counter(term for some in members for term in some)
        # The part of each word in the Kullback-Leibler divergence of the group from all titles.
        weight = {
            term: number * log(number / len(members) / (everywhere[term] / len(titles)))
            for term, number in inside.items()
        }
        best = sorted(weight, key=lambda term: (-weight[term], term))[:_WORDS]
        names.append("، ".join(spellings[term].most_common(1)[0][0] for term in best))
    return tuple(names)


def _tells_subject(word: Word) -> bool:
    """Return whether a word can name a subject: no short one, verb, number or function word."""
    is_verb = _VERB_MARK in word.joined
    says_nothing = is_function_word(word.text) or is_persian_number(word.text)
    return len(word.text) >= _SHORTEST and not is_verb and not says_nothing
