"""When new articles of a follow are due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.following.schedule import due_until, zone_named
from bot.store.follows import Follow, Frequency

FOLLOW = Follow("t" * 16, 7, 7, "نفت", "Asia/Tehran")
DAILY = replace(FOLLOW, frequency=Frequency.DAILY, hour=8)
# 06:20 in Tehran.
EARLY = datetime(2026, 11, 28, 2, 50, tzinfo=UTC)


def test_at_once_is_now_and_hourly_is_the_last_full_hour():
    assert due_until(FOLLOW, EARLY) == EARLY
    hourly = replace(FOLLOW, frequency=Frequency.HOURLY)
    # Tehran's full hours are at half past in UTC.
    assert due_until(hourly, EARLY) == datetime(2026, 11, 28, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "now", "until"),
    [("Asia/Tehran", EARLY, datetime(2026, 11, 27, 4, 30, tzinfo=UTC)),
     ("Asia/Tehran", EARLY + timedelta(hours=2), datetime(2026, 11, 28, 4, 30, tzinfo=UTC)),
     ("Asia/Kabul", EARLY + timedelta(hours=2), datetime(2026, 11, 28, 3, 30, tzinfo=UTC)),
     # The clocks of Berlin go back that day: eight o'clock is at seven in UTC, not at six.
     ("Europe/Berlin", datetime(2026, 10, 25, 7, 5, tzinfo=UTC),
      datetime(2026, 10, 25, 7, 0, tzinfo=UTC))],
)  # fmt: skip
def test_the_daily_list_comes_at_its_hour_in_the_readers_zone(zone, now, until):
    assert due_until(replace(DAILY, zone=zone), now) == until


def test_nothing_is_due_in_quiet_hours_or_while_paused():
    night = replace(FOLLOW, quiet=(23, 7))
    assert due_until(night, EARLY) is None
    assert due_until(night, EARLY + timedelta(hours=1)) is not None
    assert due_until(replace(FOLLOW, quiet=(6, 7)), EARLY) is None
    assert due_until(replace(FOLLOW, paused=True), EARLY) is None


@given(
    st.sampled_from(["Asia/Tehran", "Europe/Berlin", "America/St_Johns", "Pacific/Chatham"]),
    st.integers(0, 23),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_every_day_has_one_list(zone, hour, now):
    follow = replace(DAILY, zone=zone, hour=hour)
    until = due_until(follow, now)
    assert until is not None
    assert timedelta(0) <= now - until < timedelta(hours=25.5)
    # It moves on once a day, and never back.
    later = due_until(follow, now + timedelta(hours=24))
    assert later is not None
    assert timedelta(hours=22) < later - until < timedelta(hours=26)


def test_zones_by_name_or_city():
    assert zone_named("asia/tehran") == "Asia/Tehran"
    assert zone_named("Berlin") == "Europe/Berlin"
    assert zone_named("تهران") is None
    assert zone_named("") is None
