"""Articles that are found without a question: by a reference, by nearness, by date."""

import numpy as np

from index.article import Article
from index.search_index import SearchIndex
from retrieval.answers import Answer, RelatedArticle
from retrieval.conversation import NO_CONVERSATION
from retrieval.options import AskOptions
from retrieval.pipeline.pages import PageBuilder
from retrieval.pipeline.results import QueryPlanner
from retrieval.query.article_references import parse_reference


def find_articles(index: SearchIndex, reference: str) -> tuple[Article, ...]:
    """Return the articles that an id, an address or an agency's number names; mostly one."""
    if (article := index.article(reference.strip())) is not None:
        return (article,)
    parsed = parse_reference(reference)
    if parsed is None:
        return ()
    coded = index.articles_with_code(parsed.code) if parsed.code else []
    found = [article for one in coded if (article := index.article(one)) is not None]
    for part in parsed.link_parts:
        found += [one for one in index.articles_linked(part) if parsed.matches(one.link or "")]
    return tuple({one.id: one for one in found}.values())


def related_articles(
    index: SearchIndex, pages: PageBuilder, article_id: str, limit: int, candidates: int
) -> tuple[RelatedArticle, ...]:
    """Return the articles nearest in meaning to another, nearest first; empty if it is unknown.

    Args:
        index: the index.
        pages: cites the articles.
        article_id: id of the article.
        limit: number of articles at most.
        candidates: passages that are looked through.

    Raises:
        ValueError: the limit is not positive.
    """
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    rows = index.article_rows(article_id).tolist()
    if not rows:
        return ()
    mean = index.vectors(rows).mean(axis=0)
    mean /= np.linalg.norm(mean)
    # An article has several passages, all of which may be near.
    hits = index.search_vectors(mean, candidates + len(rows))
    near: dict[str, float] = {}
    for passage, score in zip(
        index.passages(hits.rows.tolist()), hits.scores.tolist(), strict=True
    ):
        if passage.article_id != article_id:
            near.setdefault(passage.article_id, score)
    return tuple(
        RelatedArticle(found, score, pages.citation(found))
        for found, score in list(near.items())[:limit]
    )


def newest_articles(
    planner: QueryPlanner, pages: PageBuilder, language: str, options: AskOptions, limit: int
) -> Answer:
    """Return a page of the newest articles, as `Retriever.latest` does.

    Args:
        planner: finds them.
        pages: presents them.
        language: of the answer.
        options: the filter, the offset and the conversation.
        limit: number of articles on a page.

    Raises:
        QuestionError: the filter cannot be read.
    """
    last = options.offset + limit
    # One more tells whether there is another page.
    results = planner.newest(language, last + 1, planner.read_filter(options.filter))
    return Answer(
        question="",
        language=language,
        found=bool(results.passages),
        probability=results.probability,
        passages=tuple(pages.listed(results)[options.offset : last]),
        conversation=options.conversation or NO_CONVERSATION,
        scope=results.scope,
        offset=options.offset,
        more=len(results.passages) > last,
        kind=results.kind,
    )
