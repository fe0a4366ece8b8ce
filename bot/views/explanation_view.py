"""Why an answer is what it is, in a few lines."""

from collections.abc import Iterator

from bot.views import bidi
from bot.views.markup import Block, Span
from bot.views.messages import Messages
from retrieval.pipeline.explanation import Explanation, PassageReasons

# How many passages are explained.
MOST_EXPLAINED = 3
_LANGUAGES = {"fa": "in_fa", "en": "in_en", "fa-Latn": "in_latin"}


def explanation_blocks(explanation: Explanation | None, words: Messages) -> Iterator[Block]:
    """Yield what there is to say of an explanation; None: nothing was searched for."""
    if explanation is None:
        yield (Span(words.text("why_looked_up")),)
        return
    lines = [
        words.text("why_language", language=words.text(_LANGUAGES[explanation.language])),
        words.text("why_searched", text=bidi.isolate(explanation.searched)),
    ]
    if explanation.follows is not None:
        lines.append(words.text("why_follows", question=bidi.isolate(explanation.follows)))
    lines.append(words.text("why_chance", percent=words.percent(explanation.probability)))
    yield (Span("\n".join(lines)),)
    for number, reasons in enumerate(explanation.passages, start=1):
        score = words.number(reasons.score, 2)
        heading = words.text("why_passage", number=words.number(number), score=score)
        yield (
            Span(f"{heading}\n", bold=True),
            Span("\n".join(_reasons(reasons, words))),
        )


def _reasons(reasons: PassageReasons, words: Messages) -> Iterator[str]:
    yield words.text(
        "why_meaning",
        rank=words.number(reasons.dense_rank),
        cosine=words.number(reasons.cosine, 2),
    )
    if reasons.lexical_rank is None:
        yield words.text("why_no_words")
    else:
        yield words.text("why_words", rank=words.number(reasons.lexical_rank))
    if reasons.prior:
        yield words.text("why_bonus", value=words.number(reasons.prior, 2))
    for key, there in (("why_matched", True), ("why_unmatched", False)):
        named = [word.source for word in reasons.words if bool(word.terms) is there]
        if named:
            yield words.text(key, words=words.names(tuple(dict.fromkeys(named))))
