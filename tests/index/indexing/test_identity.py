"""When an article replaces another, and what happens to two that share an id."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import Article
from index.indexing.article_store import ArticleStore
from index.indexing.change_log import MOST_WORDINGS
from index.indexing.identity import Origin
from index.indexing.stored_articles import Addition, StoreOutcome

DAY = dt.date(2025, 11, 18)
RAIN = Article("5", "باران در نیلاب", ("باران سه روز در نیلاب بارید و رودها بالا آمدند.",))
DRUGS = Article("5", "کمبود دارو", ("داروخانه‌های مرجان‌شهر از کمبود انسولین خبر دادند.",))
FLASH = Article("5", "فوری: آب‌گرفتگی", ("رودها در نیلاب بالا آمدند.",))
MONDAY, TUESDAY = Origin("/news/mon.json", "mon"), Origin("/news/tue.json", "tue")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
    with ArticleStore(tmp_path / "articles.sqlite") as opened:
        yield opened


def read(store: ArticleStore, *items: tuple[Article, Origin | None]) -> list[Addition]:
    """Read articles in one command."""
    with store.transaction():
        return [store.add(article, origin) for article, origin in items]


def texts(store: ArticleStore) -> dict[str, str]:
    return {one.article.id: one.article.title for one in store}


@pytest.mark.parametrize(
    ("old", "new", "replaced"),
    [
        ((RAIN, MONDAY), (replace(RAIN, title="باران شدید"), MONDAY), True),
        ((FLASH, MONDAY), (RAIN, MONDAY), True),
        ((RAIN, MONDAY), (replace(RAIN, title="باران شدید"), TUESDAY), True),
        ((RAIN, MONDAY), (replace(RAIN, date=DAY), TUESDAY), True),
        ((RAIN, None), (FLASH, TUESDAY), True),
        ((RAIN, MONDAY), (DRUGS, MONDAY), False),
        ((RAIN, MONDAY), (DRUGS, TUESDAY), False),
        ((RAIN, None), (DRUGS, TUESDAY), False),
        (
            (replace(RAIN, date=DAY), MONDAY),
            (replace(FLASH, date=DAY + dt.timedelta(1)), TUESDAY),
            False,
        ),
        ((replace(RAIN, agency="ساحل"), MONDAY), (replace(FLASH, agency="نیلاب"), TUESDAY), False),
        ((replace(RAIN, link="https://s.ir/17"), MONDAY),
         (replace(FLASH, id="x", link="http://www.s.ir/17/?utm_source=t"), TUESDAY), True),
        ((replace(RAIN, link="https://s.ir/news"), MONDAY),
         (replace(DRUGS, id="x", link="https://s.ir/news"), MONDAY), False),
        ((replace(RAIN, agency="ساحل", code="17"), MONDAY),
         (replace(FLASH, id="x", agency="ساحل", code="۱۷.0"), TUESDAY), True),
        ((replace(RAIN, agency="ساحل", code="17"), MONDAY),
         (replace(DRUGS, id="x", agency="ساحل", code="17"), TUESDAY), False),
        ((replace(RAIN, agency="ساحل", code="NULL"), MONDAY),
         (replace(FLASH, id="x", agency="ساحل", code="NULL"), MONDAY), False),
        ((replace(RAIN, link="https://s.ir/"), MONDAY),
         (replace(FLASH, id="x", link="https://s.ir/"), MONDAY), False),
    ],
)  # fmt: skip
def test_only_what_a_source_calls_the_same_is_replaced(
    store: ArticleStore,
    old: tuple[Article, Origin | None],
    new: tuple[Article, Origin | None],
    *,
    replaced: bool,
) -> None:
    read(store, old)
    [added] = read(store, new)
    assert added.outcome is (StoreOutcome.REPLACED if replaced else StoreOutcome.ADDED)
    assert len(store) == (1 if replaced else 2)
    again = [one.outcome for item in (old, new) for one in read(store, item)]
    if not replaced:
        assert again == [StoreOutcome.UNCHANGED, StoreOutcome.UNCHANGED]


def test_two_articles_of_one_id_get_ids_that_say_where_they_are_from(store: ArticleStore) -> None:
    [first, second] = read(store, (RAIN, MONDAY), (DRUGS, TUESDAY))
    assert first.problem is None
    assert second.problem == (
        "not the article with the same id from /news/mon.json: both are kept, as mon/5 and tue/5"
    )
    assert texts(store) == {"mon/5": RAIN.title, "tue/5": DRUGS.title}
    third = Article("5", "قایقرانی", ("تیم مرجان‌شهر قهرمان مسابقهٔ قایقرانی شد.",))
    read(store, (third, Origin("/news/wed.json", "wed")))
    assert list(texts(store)) == ["mon/5", "tue/5", "wed/5"]
    corrected = replace(RAIN, paragraphs=("باران چهار روز در نیلاب بارید و رودها بالا آمدند.",))
    [added] = read(store, (corrected, MONDAY))
    assert (added.outcome, added.problem) == (StoreOutcome.REPLACED, None)
    assert list(texts(store)) == ["mon/5", "tue/5", "wed/5"]
    assert store.find("5") == ["mon/5", "tue/5", "wed/5"]


def test_files_of_the_same_name_in_two_folders_are_told_apart(store: ArticleStore) -> None:
    def at(day: str, place: str) -> Origin:
        return Origin(f"/news/{day}/1.txt", place)

    one, other = replace(RAIN, id="1"), replace(FLASH, id="1")
    read(store, (one, at("2025-11-17", "1")), (other, at("2025-11-18", "1")))
    assert texts(store) == {"2025-11-17/1": RAIN.title, "2025-11-18/1": FLASH.title}
    # The parent folder is named: the files are the same.
    read(store, (replace(one, id="2025-11-17/1"), at("2025-11-17", "2025-11-17/1")))
    assert len(store) == 2


def test_an_id_that_begins_with_the_name_of_its_file_is_an_id_all_the_same(
    store: ArticleStore,
) -> None:
    ilna = Origin("/news/ilna.jsonl", "ilna", gives_ids=True)
    read(store, (replace(RAIN, id="ilna-5"), ilna))
    today = Origin("/news/today.jsonl", "today", gives_ids=True)
    corrected = replace(RAIN, id="ilna-5", abstract="سه روز")
    assert read(store, (corrected, today))[0].outcome is StoreOutcome.REPLACED


def test_two_articles_of_one_id_in_one_file(store: ArticleStore) -> None:
    [_, second] = read(store, (RAIN, MONDAY), (DRUGS, MONDAY))
    assert second.problem is not None
    assert second.problem.endswith("both are kept, as 5 and 5-2")
    assert [one.problem for one in read(store, (RAIN, MONDAY), (DRUGS, MONDAY))] == [None, None]


def test_rows_that_move_stay_what_they_are(store: ArticleStore) -> None:
    table = Origin("/news/t.csv", "t")
    rows = [
        Article("", "باران", ("رودهای نیلاب بالا آمدند.",)),
        Article("", "دارو", ("داروخانه‌ها کمبود انسولین دارند.",)),
        Article("", "قایق", ("تیم مرجان‌شهر قهرمان شد.",)),
        Article("", "مدرسه", ("کلاس‌های تازه افتتاح می‌شود.",)),
    ]

    def numbered(*chosen: Article) -> list[tuple[Article, Origin]]:
        return [(replace(one, id=f"t-{at}"), table) for at, one in enumerate(chosen, start=1)]

    read(store, *numbered(*rows[1:]))
    before = texts(store)
    added = read(store, *numbered(*rows))
    assert [one.outcome for one in added].count(StoreOutcome.ADDED) == 1
    assert [one.problem for one in added] == [None] * 4
    assert texts(store) == {**before, "t-1-2": "باران"}


def test_ids_that_are_trusted_are_the_article_whatever_it_says(store: ArticleStore) -> None:
    read(store, (RAIN, MONDAY))
    with store.transaction():
        assert store.add(DRUGS, MONDAY, trust_ids=True).outcome is StoreOutcome.REPLACED
    assert texts(store) == {"5": DRUGS.title}


def test_earlier_wordings_are_kept_up_to_a_number(store: ArticleStore) -> None:
    versions = [replace(RAIN, abstract=f"ویرایش {number}") for number in range(8)]
    for version in versions:
        read(store, (version, MONDAY))
    kept = store.log.wordings("5")
    assert [one.article for one in kept] == versions[-1 - MOST_WORDINGS : -1]
    assert {one.origin for one in kept} == {"/news/mon.json"}
    assert [one.replaced for one in kept] == sorted(one.replaced for one in kept)
    assert [event.action for event in store.log.events(99)] == ["replaced"] * 7


def test_sources_that_differ_are_no_change_each_time(store: ArticleStore) -> None:
    """A feed has the lead, and a page the whole text, of one address."""
    feed = replace(FLASH, id="f", link="https://s.ir/17")
    page = replace(RAIN, id="p", link="https://s.ir/17")
    read(store, (feed, MONDAY), (page, TUESDAY))
    assert [event.action for event in store.log.events(9)] == ["repeated"]
    for _ in range(3):
        read(store, (feed, MONDAY), (page, TUESDAY))
    assert [one.article for one in store.log.wordings("p")] == [feed]
    assert len(store.log.events(9)) == 1


def test_a_build_keeps_earlier_wordings_too(store: ArticleStore) -> None:
    read(store, (RAIN, MONDAY), (replace(DRUGS, id="6"), MONDAY))
    with store.transaction():
        store.clear()
        store.add(replace(RAIN, abstract="تازه"), MONDAY)
    assert [one.article for one in store.log.wordings("5")] == [RAIN]
    [event] = store.log.events(9)
    assert (event.action, event.id, event.previous_origin) == ("replaced", "5", "/news/mon.json")
    with store.transaction():
        store.clear()
        store.add(replace(DRUGS, id="5"), MONDAY)
    assert [one.article for one in store.log.wordings("5")] == [RAIN]


def test_a_removed_article_keeps_out_itself_and_no_other(store: ArticleStore) -> None:
    read(store, (RAIN, MONDAY), (replace(DRUGS, id="6"), MONDAY))
    with store.transaction():
        assert store.remove("5")
    assert read(store, (RAIN, TUESDAY))[0].outcome is StoreOutcome.WITHHELD
    assert read(store, (DRUGS, TUESDAY))[0].outcome is StoreOutcome.ADDED


def test_a_restored_article_is_what_and_where_it_was(store: ArticleStore) -> None:
    read(store, (RAIN, MONDAY), (replace(DRUGS, id="6"), MONDAY))
    before = store.digest()
    with store.transaction():
        store.remove("5")
    [entry] = store.entries(removed=True)
    assert (entry.article, entry.origin) == (RAIN, "/news/mon.json")
    with store.transaction():
        assert store.restore("5")
        assert not store.restore("5")
    assert store.digest() == before
    assert [one.action for one in store.log.events(9)] == ["restored", "removed"]


@pytest.mark.parametrize(
    "reference",
    [
        "telegram-77-5",
        "https://t.me/c/77/5",
        "t.me/Khazar_News/5?single",
        "https://T.me/khazar_news/5",
    ],
)
def test_a_post_is_found_by_its_link(store: ArticleStore, reference: str) -> None:
    post = replace(RAIN, id="telegram-77-5", link="https://t.me/khazar_news/5")
    read(store, (post, MONDAY), (replace(DRUGS, agency="x", code="17"), MONDAY))
    assert store.find(reference) == ["telegram-77-5"]


@pytest.mark.parametrize("reference", ["5", "17", "۱۷", "http://www.s.ir/17/?utm_medium=x"])
def test_an_article_is_found_by_id_code_or_address(store: ArticleStore, reference: str) -> None:
    known = replace(RAIN, agency="ساحل", code="17", link="https://s.ir/17")
    read(store, (known, MONDAY), (replace(DRUGS, id="6"), MONDAY))
    assert store.find(reference) == ["5"]
    assert store.find("nothing") == []


ARTICLES = st.builds(
    lambda article, **about: replace(article, **about),
    st.sampled_from([RAIN, FLASH, DRUGS]),
    id=st.sampled_from(["1", "2", "mon", "mon-1", "tue-1", "NULL"]),
    agency=st.sampled_from([None, "x", "y"]),
    code=st.sampled_from([None, "1", "2", "NULL", "0"]),
    link=st.sampled_from([None, "https://x.ir/1", "https://x.ir/2", "https://x.ir/"]),
    date=st.sampled_from([None, DAY, DAY + dt.timedelta(1)]),
)


@given(st.lists(st.tuples(ARTICLES, st.sampled_from([None, MONDAY, TUESDAY])), max_size=8))
@settings(max_examples=60)
def test_articles_in_are_articles_out_and_those_that_are_named(
    items: list[tuple[Article, Origin | None]],
) -> None:
    """Every text that was read is there, as it is or as an earlier wording of its article."""
    with ArticleStore(Path(":memory:")) as store:
        for _ in range(2):
            with store.transaction():
                added = [store.add(article, origin) for article, origin in items]
                assert None not in {one.place for one in added}
                places = {store.log.resolve(one.place or 0) for one in added}
                assert [place for place, _ in store.contents()] == sorted(places)
            kept = [one.article for one in store]
            wordings = [store.log.wordings(article.id) for article in kept]
            kept += [one.article for earlier in wordings for one in earlier]
            read_texts = {(article.title, article.date) for article, _ in items}
            assert {(article.title, article.date) for article in kept} == read_texts


def test_copies_under_two_ids_are_one_article_that_both_ids_find(store: ArticleStore) -> None:
    known = replace(RAIN, id="a", link="https://s.ir/17")
    for _ in range(2):
        read(store, (known, MONDAY), (replace(known, id="b"), MONDAY))
    assert texts(store) == {"b": RAIN.title}
    [event] = store.log.events(9)
    assert (event.action, event.id, event.previous_id) == ("repeated", "b", "a")
    assert store.find("a") == store.find("b") == ["b"]
