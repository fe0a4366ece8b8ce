"""Rerankers: a cross-encoder's form in torch and in OpenVINO, the bundled one, what is shared."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import CrossEncoder
from sentence_transformers.base.modules import Dense, Transformer
from sentence_transformers.sentence_transformer.modules import Pooling

from index.cache import link_identical_files
from index.encoders.model_resolver import resolve_model, resolve_reranker
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.openvino_reranker import OpenVinoReranker
from index.encoders.openvino.tokenizer import open_tokenizer
from index.encoders.pair_template import PairTemplate
from index.encoders.passage_reading import SPAN_LOGITS, PassageReading
from index.encoders.reranker import load_reranker
from index.encoders.torch_reranker import TorchReranker, load_torch_reranker
from index.errors import EncoderError
from index.settings import IndexSettings

QUESTION = "چند دانشجو در آستراخان درس می‌خوانند؟"
PAIRS = [
    (QUESTION, "همکاری‌ها\nبیش از ۵ هزار دانشجو در آستراخان درس می‌خوانند."),
    (QUESTION, "آب و هوا\nفردا باران می‌بارد."),
    ("How many students are in Astrakhan?", "خزر " * 900),
    ("پرسش " * 900, ""),
    ("", "\ud800"),
]


def save_cross_encoder(base_folder: Path, folder: Path, *, points: bool) -> Path:
    """Write a cross-encoder of the tiny model with random heads, of one that points or not."""
    torch.manual_seed(5)
    base = Transformer(str(base_folder))
    size = base.get_embedding_dimension()

    def head(outputs: int, reads: str, writes: str) -> Dense:
        return Dense(
            size,
            outputs,
            activation_function=torch.nn.Identity(),
            module_input_name=reads,
            module_output_name=writes,
        )

    modules = [
        *(base, Pooling(size, pooling_mode="cls"), head(1, "sentence_embedding", "scores")),
        *([head(2, "token_embeddings", SPAN_LOGITS)] if points else []),
    ]
    model = CrossEncoder(
        modules=modules,
        activation_fn=torch.nn.Identity(),
        prompts={"query": "query: ", "passage": "passage: "},
    )
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture(scope="session")
def tiny_reranker_folder(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a cross-encoder that does not point at answers."""
    folder = tmp_path_factory.mktemp("reranker")
    return save_cross_encoder(tiny_model_folder, folder, points=False)


@pytest.fixture(scope="session")
def tiny_pointer_folder(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a cross-encoder that points at answers."""
    folder = tmp_path_factory.mktemp("pointer")
    return save_cross_encoder(tiny_model_folder, folder, points=True)


@pytest.fixture
def tiny_reranker(tiny_reranker_folder: Path, tiny_model: Path) -> Path:
    """Return the tiny cross-encoder; as `tiny_model`, it is exported into the tests' own cache."""
    return tiny_reranker_folder


def scores(readings: Sequence[PassageReading]) -> list[float]:
    return [reading.score for reading in readings]


def likeliest(passage: str, reading: PassageReading) -> str:
    """Return the words from the likeliest first token to the likeliest last one."""
    span = reading.span
    assert span is not None
    return passage[span.offsets[span.starts.argmax(), 0] : span.offsets[span.ends.argmax(), 1]]


def torchs(folder: Path, settings: IndexSettings) -> TorchReranker:
    return load_torch_reranker(resolve_reranker(str(folder), settings), settings)


def test_openvino_gives_torchs_scores(tiny_reranker: Path) -> None:
    settings = IndexSettings(batch_size=2)
    ours = load_reranker(str(tiny_reranker), settings)
    assert isinstance(ours, OpenVinoReranker)
    expected = torchs(tiny_reranker, settings).read(PAIRS)
    np.testing.assert_allclose(scores(ours.read(PAIRS)), scores(expected), atol=2e-3)
    assert [reading.span for reading in expected] == [None] * len(PAIRS)
    assert ours.read([]) == []


def test_openvino_points_where_torch_does(tiny_pointer_folder: Path, tiny_model: Path) -> None:
    settings = IndexSettings(batch_size=2)
    ours = load_reranker(str(tiny_pointer_folder), settings)
    assert isinstance(ours, OpenVinoReranker)
    for found, expected in zip(
        ours.read(PAIRS), torchs(tiny_pointer_folder, settings).read(PAIRS), strict=True
    ):
        assert found.score == pytest.approx(expected.score, abs=2e-3)
        assert found.span is not None
        assert expected.span is not None
        assert (found.span.offsets == expected.span.offsets).all()
        np.testing.assert_allclose(found.span.starts, expected.span.starts, atol=2e-3)
        np.testing.assert_allclose(found.span.ends, expected.span.ends, atol=2e-3)


def test_tokens_have_the_offsets_of_the_passage_as_it_was_given(
    tiny_pointer_folder: Path, tiny_model: Path
) -> None:
    reranker = load_reranker(str(tiny_pointer_folder), IndexSettings())
    passage = "دانشـــگاه‌هاي\nخزر:  ۱۲٬۵۰۰ ﻻ"
    [reading] = reranker.read([(QUESTION, passage)])
    span = reading.span
    assert span is not None
    tokens = [passage[start:end] for start, end in span.offsets.tolist()]
    assert tokens[:4] == ["دانشـــگاه", "ه", "ا", "ي"]
    assert (tokens[-9:-7], tokens[-2:]) == (["خزر", ":"], ["ﻻ", "ﻻ"])
    assert "".join(tokens[-7:-2]) == "۱۲٬۵۰۰"
    assert span.behind(passage.index("خزر")).offsets[0].tolist() == [0, 3]
    # A long passage is read from its beginning as far as there is room.
    [reading] = reranker.read([(QUESTION, "خزر " * 900)])
    assert reading.span is not None
    assert 60 < len(reading.span) < 120


def test_a_pair_is_scored_as_sentence_transformers_does(tiny_reranker: Path) -> None:
    model = CrossEncoder(str(tiny_reranker), device="cpu")
    expected = model.predict([("query: a b", "passage: c\nd")])
    found = torchs(tiny_reranker, IndexSettings()).read([("A b", "c\nD")])
    np.testing.assert_allclose(scores(found), expected, atol=1e-5)


def test_other_spellings_have_the_same_score(tiny_reranker: Path) -> None:
    reranker = load_reranker(str(tiny_reranker), IndexSettings())
    typed = ("كتاب‌هاي  ۱۲۳", "عنـــوان\nمتن")
    spelled = ("کتاب های 123", "عنوان متن")
    one, other = scores(reranker.read([typed, spelled]))
    assert one == pytest.approx(other, abs=1e-5)


def test_a_pair_that_is_too_long_keeps_half_of_the_room_for_the_question() -> None:
    template = PairTemplate((0,), (2, 2), (2,), 14)
    assert template.frame([5] * 20, [6] * 20) == [0, *[5] * 5, 2, 2, *[6] * 5, 2]
    assert template.frame([5] * 2, [6] * 20) == [0, *[5] * 2, 2, 2, *[6] * 8, 2]
    assert template.frame([], []) == [0, 2, 2, 2]


def test_models_of_one_vocabulary_share_its_files_and_its_tokenizer(
    tiny_model: Path, tiny_reranker: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.cache._LARGE", 1)
    settings = IndexSettings(encoder=str(tiny_model))
    encoder = exported_model(resolve_model(settings), "encoder", tmp_path)
    reranker = exported_model(resolve_reranker(str(tiny_reranker), settings), "reranker", tmp_path)
    assert (encoder / "rows.npy").samefile(reranker / "rows.npy")
    assert (encoder / "tokenizer.json").samefile(reranker / "tokenizer.json")
    assert open_tokenizer(encoder) is open_tokenizer(reranker)


def test_only_identical_files_are_linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.cache._LARGE", 3)
    for name, content in {"a": "same", "b": "one", "c": "x"}.items():
        for folder, changed in {"first": content, "second": content.replace("one", "two")}.items():
            path = tmp_path / folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(changed, encoding="utf-8")
    first, second = tmp_path / "first", tmp_path / "second"
    link_identical_files(second, [first, tmp_path / "not there"])
    assert (second / "a").samefile(first / "a")
    assert not (second / "b").samefile(first / "b")
    assert not (second / "c").samefile(first / "c")


def test_the_bundled_reranker_prefers_the_answer() -> None:
    readings = load_reranker("bundled", IndexSettings()).read(
        [*PAIRS[:2], ("How many students study in Astrakhan?", PAIRS[0][1])]
    )
    found = scores(readings)
    assert found[0] > found[1] + 3
    assert found[2] > found[1] + 3
    for reading in (readings[0], readings[2]):
        assert likeliest(PAIRS[0][1], reading).startswith("بیش از ۵ هزار")


def test_a_reranker_that_is_not_there_is_one_line() -> None:
    with pytest.raises(EncoderError) as caught:
        load_reranker("nobody/nothing", IndexSettings())
    message = str(caught.value)
    assert message.startswith("nobody/nothing: no such folder, and no such model")
    assert message.endswith('set [retrieval] reranker to "bundled" or to a model\'s folder')


def test_a_folder_that_holds_no_reranker_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}), encoding="utf-8")
    with pytest.raises(EncoderError, match=r"^[^\n]+: not a usable reranker: [^\n]+$"):
        torchs(tmp_path, IndexSettings())
