import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.persian import ZWNJ
from retrieval.errors import QuestionError
from retrieval.query.agencies import Agencies
from retrieval.query.intents import detect_code, find_latest
from retrieval.token_line import TokenizedText, remove_span
from tests.support.paths import ROOT

FARS, ILNA, MEHR, VARZESH3 = "خبرگزاری فارس", "خبرگزاری کار ایران", "خبرگزاری مهر", "ورزش سه"
ARCHIVE = Agencies([FARS, ILNA, MEHR, VARZESH3])
NONE, ANY, NOT_HERE = "—", "any", "not here"


def documented(*header: str) -> list[tuple[str, ...]]:
    """Return the rows of the tables in docs/agencies.md whose header begins with these cells."""
    rows: list[tuple[str, ...]] = []
    wanted = False
    for line in (ROOT / "docs" / "agencies.md").read_text(encoding="utf-8").splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if not line.startswith("|"):
            wanted = False
        elif wanted and not re.fullmatch("[ -]*", cells[0]):
            rows.append(cells[: len(header)])
        elif cells[: len(header)] == header:
            wanted = True
    return rows


@pytest.mark.parametrize(
    ("question", "source", "left"), documented("question", "source", "what is left")
)
def test_reads_the_documented_questions(question: str, source: str, left: str) -> None:
    mention = ARCHIVE.mentioned(TokenizedText(question))

    if source == NONE:
        assert mention is None
        return
    assert mention is not None
    if source == NOT_HERE:
        assert mention.agencies == ()
        return
    assert mention.agencies == tuple(source.split(" + "))
    assert remove_span(question, mention.start, mention.end) == left


@pytest.mark.parametrize(("text", "code"), documented("text", "code"))
def test_reads_the_documented_codes(text: str, code: str) -> None:
    mention = detect_code(TokenizedText(text))

    assert (mention.code if mention else NONE) == code


@pytest.mark.parametrize(("text", "subject"), documented("text", "subject"))
def test_reads_the_documented_requests(text: str, subject: str) -> None:
    request = find_latest(TokenizedText(text))

    assert (request.subject or ANY if request else NONE) == subject


def test_finds_the_documented_tables() -> None:
    assert len(documented("question", "source")) > 50
    assert len(documented("text", "code")) > 15
    assert len(documented("text", "subject")) > 25


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("به گزارش ایلنا، دستمزد چقدر شد؟", "ایلنا"),
        ("به گزارش «ورزش سه» چه کسی گل زد؟", "ورزش سه"),
        (f"به گزارش ورزش{ZWNJ}سه چه کسی گل زد؟", f"ورزش{ZWNJ}سه"),
        ("به گزارش خبرگزاريِ فارس نفت چند شد؟", "خبرگزاريِ فارس"),
        ("به گزارش ایلنا و فارس دستمزد چقدر شد؟", "ایلنا و فارس"),
        ("What did the Fars News Agency report?", "Fars News Agency"),
        ("According to the ILNA, what happened?", "ILNA"),
        ("به نقل از رویترز نفت چند شد؟", "رویترز"),
        ("oil prices on ilna.ir", "ilna.ir"),
    ],
)
def test_names_a_source_as_the_question_does(question: str, name: str) -> None:
    mention = ARCHIVE.mentioned(TokenizedText(question))

    assert mention is not None
    assert mention.name == name


@pytest.mark.parametrize(
    "spelling",
    [
        "به گزارش بی‌بی‌سی نفت",
        "به گزارش بی بی سی نفت",
        "به گزارش بیبیسی نفت",
        "به گزارش بي بي سي نفت",
        "به گزارش بی‌بی‌سیِ نفت",
        "به گزارش BBC نفت",
        "به گزارش شبکه‌ی بی‌بی‌سی نفت",
        "به گزارش سایت خبری بی‌بی‌سی نفت",
        "به گزارشِ بـی‌بـی‌سـی نفت",
        "according to bbc news, oil",
    ],
)
def test_spellings_meet(spelling: str) -> None:
    mention = Agencies(["BBC Persian"]).mentioned(TokenizedText(spelling))

    assert mention is not None
    assert mention.agencies == ("BBC Persian",)


@pytest.mark.parametrize(
    ("archive", "short"),
    [
        ("خبرگزاری کار ایران", "ایلنا"),
        ("خبرگزاری کار ایران (ایلنا)", "ILNA"),
        ("ایلنا - خبرگزاری کار ایران", "ilna"),
        ("www.ilna.ir", "ایلنا"),
        ("Fars News Agency", "فارس"),
        ("farsnews.ir", "Fars"),
        ("فارس", "خبرگزاری فارس"),
        ("خبرگزاری جمهوری اسلامی", "irna"),
        ("روزنامه جمهوری اسلامی", "جمهوری اسلامی"),
        ("ورزش ۳", "varzesh3"),
        ("خبرگزاری بین المللی قرآن", "ایکنا"),
        ("پایگاه خبری تابناک", "tabnak"),
        ("Agence France-Presse", "خبرگزاری فرانسه"),
        ("Iranian Students' News Agency", "ایسنا"),
        ("سایت کاسپین", "کاسپین"),
        ("Caspian News Agency", "caspian"),
    ],
)
def test_an_option_takes_every_name(archive: str, short: str) -> None:
    agencies = Agencies(["یکی دیگر", archive])

    assert agencies.resolve(short) == (archive,)
    assert agencies.resolve(archive) == (archive,)


def test_one_agency_may_have_several_names_in_an_archive() -> None:
    agencies = Agencies(["Fars News Agency", "ایلنا", "خبرگزاری فارس", "ایلنا"])

    assert agencies.resolve("فارس") == ("Fars News Agency", "خبرگزاری فارس")
    mention = agencies.mentioned(TokenizedText("به گزارش ایلنا و فارس نفت چند شد؟"))
    assert mention is not None
    assert mention.agencies == ("Fars News Agency", "ایلنا", "خبرگزاری فارس")


@pytest.mark.parametrize(
    ("names", "asked", "message"),
    [
        (
            ["خبرگزاری فارس", "ورزش سه"],
            "ایلنا",
            "the archive has no source “ایلنا”; it has خبرگزاری فارس, ورزش سه",
        ),
        (
            [f"سایت {number}" for number in range(10)],
            "a\n b",
            "the archive has no source “a b”; it has "
            + ", ".join(f"سایت {number}" for number in range(8))
            + " and 2 more",
        ),
        ([], "فارس", "the archive has no source “فارس”; its articles name none"),
        (["", "؟"], "", "the archive has no source “”; its articles name none"),
    ],
)
def test_an_option_that_fits_nothing_says_what_there_is(
    names: list[str], asked: str, message: str
) -> None:
    with pytest.raises(QuestionError) as error:
        Agencies(names).resolve(asked)

    assert str(error.value) == message


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ("به گزارش کاسپین نفت چند شد؟", True),
        ("خبرهای سایت کاسپین", True),
        ("در پایگاه خبری کاسپین چه آمده؟", True),
        ("According to کاسپین, what happened?", True),
        ("خبرهای کاسپین", False),
        ("کاسپین چه نوشت؟", False),
        ("latest news from کاسپین", False),
        ("According to کاسپین fishermen, what happened?", False),
    ],
)
def test_what_is_left_of_an_unlisted_name_may_be_any_word(question: str, counts: bool) -> None:
    assert (Agencies(["سایت کاسپین"]).mentioned(TokenizedText(question)) is not None) is counts


def test_an_agency_abroad_filters_where_the_archive_has_it() -> None:
    mention = Agencies(["خبرگزاری فارس", "Reuters"]).mentioned(
        TokenizedText("به نقل از رویترز نفت چند شد؟")
    )

    assert mention is not None
    assert mention.agencies == ("Reuters",)


def test_no_name_of_the_table_belongs_to_two_agencies() -> None:
    text = (ROOT / "retrieval" / "data" / "agencies.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]

    assert len(rows) > 60
    assert all(len(row) == 3 for row in rows)
    everybody = Agencies([row[0] for row in rows])
    for row in rows:
        for name in filter(None, (row[0], *row[1].split("|"), *row[2].split("|"))):
            assert everybody.resolve(name.rstrip("*")) == (row[0],)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("کد خبر ۱۷۱۵۷۷۶، چه بود؟", "چه بود؟"),
        ("متن «خبر شماره ۱۷۱۵۷۷۶» را بده", "متن را بده"),
        ("lotfan kod khabar 1715776", "lotfan"),
        ("please show code 1715776", "please show"),
        ("۱۷۱۵۷۷۶", ""),
    ],
)
def test_a_code_can_be_cut_out(text: str, rest: str) -> None:
    mention = detect_code(TokenizedText(text))

    assert mention is not None
    assert remove_span(text, mention.start, mention.end) == rest


@pytest.mark.parametrize(
    "question",
    [
        "آخرین خبرهای فارس درباره نفت چیست؟",
        "آخرین اخبار نفت از خبرگزاری فارس",
        "تازه‌ترین اخبار خبرگزاری فارس درباره‌ی نفت",
        "akharin akhbare fars darbareye نفت",
        "latest Fars news about نفت",
        "latest news about نفت from Fars",
        "What's the latest from Fars News on نفت?",
    ],
)
def test_the_newest_of_a_source(question: str) -> None:
    mention = ARCHIVE.mentioned(TokenizedText(question))
    assert mention is not None
    assert mention.agencies == (FARS,)

    request = find_latest(TokenizedText(question).without(mention.start, mention.end))
    assert request is not None
    assert request.subject == "نفت"


PIECES = st.sampled_from(
    """
    به گزارش نقل از قول در خبرگزاری سایت فارس ایلنا مهر رویترز ورزش سه خبرهای اخبار آخرین تازه‌ترین
    چه نوشت گفت استان درباره نفت و ، ؟ « » ( ) " . کد خبر شماره ۱۷۱۵۷۷۶ 1715776 according to the
    Fars ILNA Reuters news agency reports reported by from on did what's latest newest about oil ,
    ' : - be gozareshe akhbare ilna az che khabar akharin ـ ً ‌ § ¤ ¬ | \n
    """.split(" ")
)
TEXTS = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=25).map(" ".join),
    st.lists(st.one_of(PIECES, st.text(max_size=3)), max_size=25).map("".join),
)


@given(TEXTS)
def test_reads_any_text(text: str) -> None:
    mention = ARCHIVE.mentioned(TokenizedText(text))
    if mention is not None:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.name in text[mention.start : mention.end]
        assert any(letter.isalnum() for letter in remove_span(text, mention.start, mention.end))
        assert set(mention.agencies) <= {FARS, ILNA, MEHR, VARZESH3}
    code = detect_code(TokenizedText(text))
    if code is not None:
        assert 0 <= code.start < code.end <= len(text)
        assert re.fullmatch("[0-9]{4,20}", code.code)
    request = find_latest(TokenizedText(text))
    if request is not None:
        assert 0 <= request.start <= request.end <= len(text)
        assert text[request.start : request.end] == request.subject


@given(st.lists(st.text(), max_size=5), TEXTS)
def test_takes_any_names(names: list[str], text: str) -> None:
    agencies = Agencies(names)
    for name in names:
        if any(letter.isalnum() for letter in name):
            agencies.mentioned(TokenizedText(f"به گزارش {name} {text}"))


@pytest.mark.parametrize(
    "text",
    [
        "آخرین " * 400,
        "چه خبر از " * 300,
        "به گزارش خبرنگار " * 200,
        "from Fars, " * 200,
        "1" * 2000,
    ],
)
def test_reads_long_texts(text: str) -> None:
    ARCHIVE.mentioned(TokenizedText(text))
    detect_code(TokenizedText(text))
    find_latest(TokenizedText(text))
