"""When new articles are sent: at once, at the full hour, or at an hour of the day."""

from datetime import datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from bot.store.follows import Follow, Frequency


def due_until(follow: Follow, now: datetime) -> datetime | None:
    """Return the time up to which what was found is to be sent now; None: nothing is.

    The time of the last list need not be stored: what has been found since the hour struck waits
    for the next one.

    Args:
        follow: says when to send, and in which time zone.
        now: the time, with its zone.
    """
    local = now.astimezone(ZoneInfo(follow.zone))
    if follow.paused or _is_quiet(follow, local.hour):
        return None
    if follow.frequency is Frequency.AT_ONCE:
        return now
    if follow.frequency is Frequency.HOURLY:
        return local.replace(minute=0, second=0, microsecond=0)
    at = datetime.combine(local, time(follow.hour), local.tzinfo)
    return at if local >= at else at - timedelta(days=1)


def zone_named(typed: str) -> str | None:
    """Return the IANA name of a zone that was typed in any case: `europe/berlin`, `Berlin`."""
    wanted = typed.strip().casefold().replace(" ", "_")
    names = sorted(_zones())
    for name in names:
        if name.casefold() == wanted:
            return name
    cities = [name for name in names if name.casefold().rpartition("/")[2] == wanted]
    return cities[0] if len(cities) == 1 else None


def _is_quiet(follow: Follow, hour: int) -> bool:
    if follow.quiet is None:
        return False
    first, after = follow.quiet
    return first <= hour < after if first <= after else hour >= first or hour < after


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
