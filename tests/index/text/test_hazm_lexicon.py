"""hazm's words and verbs in files: all that hazm knows, and nothing else."""

from pathlib import Path

import numpy as np
import pytest

from index.checksums import record_checksums
from index.text.hazm_lexicon import HazmLexicon, write_words
from index.text.hazm_loader import load_class


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verbs")
    write_words(path)
    return path


@pytest.fixture(scope="module")
def words(folder: Path) -> HazmLexicon:
    return HazmLexicon(folder)


@pytest.mark.parametrize(
    ("joined", "lemma"),
    [
        ("میروم", "رفت#رو"),
        ("نمیروند", "رفت#رو"),
        ("رفت", "رفت#رو"),
        ("رفتهام", "رفت#رو"),
        ("بگوید", "گفت#گو"),
        ("میشود", "شد#شو"),
    ],
)
def test_a_form_in_one_piece_has_its_lemma(words: HazmLexicon, joined: str, lemma: str) -> None:
    assert words.verbs.lemma(joined) == lemma


@pytest.mark.parametrize(
    "word", ["کتاب", "می\u200cروم", "میرو", "میرومم", "و" * 500, "sea", "\ud800", "😀"]
)
def test_what_is_no_form_in_one_piece_has_no_lemma(words: HazmLexicon, word: str) -> None:
    assert words.verbs.lemma(word) is None


@pytest.mark.parametrize("form", ["می\u200cروم", "نمی\u200cروند", "رفته\u200cام", "می\u200cشود"])
def test_forms_with_zwnj_are_known(words: HazmLexicon, form: str) -> None:
    assert form in words.verbs
    assert f"{form}x" not in words.verbs
    assert form.replace("\u200c", " ") not in words.verbs


@pytest.mark.parametrize("other", ["", "رفت", "میروم", "کتاب\u200cها", "\u200c", None, 7])
def test_others_are_not(words: HazmLexicon, other: object) -> None:
    assert other not in words.verbs


def test_all_is_as_hazm_conjugates_it(words: HazmLexicon) -> None:
    verbs: dict[str, str] = load_class("Lemmatizer")(joined_verb_parts=False).verbs
    sample = sorted(form for form in verbs if " " not in form)[::40]
    assert len(sample) > 800
    # Of several lemmas of one form, the last counts.
    joined = {form.replace("\u200c", ""): verbs[form] for form in verbs if " " not in form}
    for form in sample:
        piece = form.replace("\u200c", "")
        assert words.verbs.lemma(piece) == joined[piece]
        assert (form in words.verbs) == ("\u200c" in form)


def test_words_are_listed_as_hazm_counts_them(words: HazmLexicon) -> None:
    hazms = load_class("Lemmatizer")(joined_verb_parts=False).words
    assert words.listed == {word: (count,) for word, (count, *_) in hazms.items()}
    assert words.listed["آب"][0] > 0
    assert "گفت\u200cوگو" in words.listed
    for other in ("آبب", "آب\u200cآب", "و" * 500, "\ud800", "", 7):
        assert other not in words.listed
    with pytest.raises(KeyError):
        words.listed["آبب"]


def test_words_in_their_normal_spelling(words: HazmLexicon) -> None:
    assert "مسئول" in words.listed
    assert "مسیول" in words.normal
    assert "مسئول" not in words.normal
    assert "گفتوگو" in words.normal
    assert sorted(set(words.normal)) == sorted(words.normal)
    assert len(list(words.normal)) == len(words.normal)


def test_they_are_kept_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path / "cache"))
    assert HazmLexicon.open().verbs.lemma("میروم") == "رفت#رو"
    [kept] = [path for path in (tmp_path / "cache").iterdir() if path.is_dir()]
    # What is kept is what the next start reads.
    names = '{"lemmas": [], "verb_heads": [], "word_heads": []}'
    (kept / "names.json").write_text(names, encoding="utf-8")
    np.save(kept / "listed.npy", np.array([b"x"]))
    np.save(kept / "counts.npy", np.array([7]))
    record_checksums(kept)
    assert "می\u200cروم" not in HazmLexicon.open().verbs
    assert HazmLexicon.open().listed == {"x": (7,)}


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path / "file" / "cache"))
    words = HazmLexicon.open()
    assert words.verbs.lemma("میروم") == "رفت#رو"
    assert "رفته\u200cام" in words.verbs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [("forms.npy", None), ("forms.npy", b""), ("names.json", b""), ("names.json", b"{}")],
)
def test_damage_in_the_cache_is_told_and_made_good(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    content: bytes | None,
) -> None:
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    HazmLexicon.open()
    [kept] = [path for path in tmp_path.iterdir() if path.is_dir()]
    (kept / name).unlink()
    if content is not None:
        (kept / name).write_bytes(content)
    assert HazmLexicon.open().verbs.lemma("میروم") == "رفت#رو"
    assert f"{kept} is damaged and is made again" in caplog.text
