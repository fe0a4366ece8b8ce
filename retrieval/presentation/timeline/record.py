"""Timelines as JSON."""

from dataclasses import asdict

from retrieval.pipeline.timeline import Timeline
from retrieval.presentation.serialization import scope_record


def timeline_record(timeline: Timeline) -> dict[str, object]:
    """Return the JSON object of a timeline."""
    return {
        "topic": timeline.topic,
        "language": timeline.language,
        "calendar": str(timeline.calendar),
        "hits": timeline.hits,
        "articles": timeline.articles,
        "undated": timeline.undated,
        "scope": scope_record(timeline.scope),
        "corrections": [asdict(correction) for correction in timeline.corrections],
        "months": [
            {
                "month": f"{month.year:04d}-{month.month:02d}",
                "hits": month.hits,
                "articles": month.articles,
                "share": round(month.share, 4),
            }
            for month in timeline.months
        ],
    }
