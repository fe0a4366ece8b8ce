"""Rerankers: a cross-encoder's form in torch and in OpenVINO, the bundled one, what is shared."""

import json
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


@pytest.fixture(scope="session")
def tiny_reranker_folder(tiny_model_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a cross-encoder of the tiny model, with a random head."""
    torch.manual_seed(5)
    base = Transformer(str(tiny_model_folder))
    size = base.get_embedding_dimension()
    head = Dense(
        size,
        1,
        activation_function=torch.nn.Identity(),
        module_input_name="sentence_embedding",
        module_output_name="scores",
    )
    model = CrossEncoder(
        modules=[base, Pooling(size, pooling_mode="cls"), head],
        activation_fn=torch.nn.Identity(),
        prompts={"query": "query: ", "passage": "passage: "},
    )
    folder = tmp_path_factory.mktemp("reranker")
    model.save_pretrained(str(folder))
    return folder


@pytest.fixture
def tiny_reranker(tiny_reranker_folder: Path, tiny_model: Path) -> Path:
    """Return the tiny cross-encoder; as `tiny_model`, it is exported into the tests' own cache."""
    return tiny_reranker_folder


def torchs(folder: Path, settings: IndexSettings) -> TorchReranker:
    return load_torch_reranker(resolve_reranker(str(folder), settings), settings)


def test_openvino_gives_torchs_scores(tiny_reranker: Path) -> None:
    settings = IndexSettings(batch_size=2)
    ours = load_reranker(str(tiny_reranker), settings)
    assert isinstance(ours, OpenVinoReranker)
    expected = torchs(tiny_reranker, settings).score(PAIRS)
    np.testing.assert_allclose(ours.score(PAIRS), expected, atol=2e-3)
    assert ours.score([]).shape == (0,)


def test_a_pair_is_scored_as_sentence_transformers_does(tiny_reranker: Path) -> None:
    model = CrossEncoder(str(tiny_reranker), device="cpu")
    expected = model.predict([("query: a b", "passage: c\nd")])
    found = torchs(tiny_reranker, IndexSettings()).score([("A b", "c\nD")])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_other_spellings_have_the_same_score(tiny_reranker: Path) -> None:
    reranker = load_reranker(str(tiny_reranker), IndexSettings())
    typed = ("كتاب‌هاي  ۱۲۳", "عنـــوان\nمتن")
    spelled = ("کتاب های 123", "عنوان متن")
    one, other = reranker.score([typed, spelled])
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
    scores = load_reranker("bundled", IndexSettings()).score(
        [*PAIRS[:2], ("How many students study in Astrakhan?", PAIRS[0][1])]
    )
    assert scores[0] > scores[1] + 3
    assert scores[2] > scores[1] + 3


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
