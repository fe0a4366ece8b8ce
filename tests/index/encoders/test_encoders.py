"""Encoders: a real model from a folder, and clear words when there is none."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.encoders.encoder import PassageEncoder, load_encoder
from index.encoders.model_resolver import resolve_model
from index.encoders.openvino import openvino_model
from index.encoders.openvino.export_cache import exported_model
from index.encoders.openvino.runtime import openvino
from index.errors import EncoderError
from index.settings import IndexSettings
from tests.index.support.models import TEXTS, load_openvino, load_torch


@pytest.fixture(params=[load_openvino, load_torch])
def load(request: pytest.FixtureRequest) -> Callable[[IndexSettings], PassageEncoder]:
    """Each way to load a model: all of them must do the same."""
    return request.param


@pytest.fixture
def encoder(load, tiny_model: Path) -> PassageEncoder:
    return load(IndexSettings(encoder=str(tiny_model)))


def test_a_folder_is_a_model(encoder: PassageEncoder, tiny_model: Path) -> None:
    assert encoder.name == str(tiny_model)
    assert encoder.dimension == 32
    # 130 positions, less [CLS], [SEP] and the eight pieces of "passage:".
    assert encoder.max_tokens == 120


def test_vectors_have_length_one_and_come_in_order(encoder: PassageEncoder) -> None:
    vectors = encoder.encode(TEXTS, "passage")
    assert (vectors.shape, vectors.dtype) == ((5, 32), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)
    for row, text in enumerate(TEXTS):
        alone = encoder.encode([text], "passage")[0]
        assert int(np.argmax(vectors @ alone)) == row
        assert float(vectors[row] @ alone) > 0.999


def test_no_texts_have_no_vectors_and_no_counts(encoder: PassageEncoder) -> None:
    assert encoder.encode([], "query").shape == (0, 32)
    assert encoder.count_tokens([]) == []


def test_the_models_own_prompts_are_put_before_texts(
    load, encoder: PassageEncoder, tiny_model: Path
) -> None:
    bare = load(IndexSettings(encoder=str(tiny_model), query_prompt="", passage_prompt=""))
    for kind in ("query", "passage"):
        prompted = encoder.encode(["دریای خزر"], kind)
        spelled = bare.encode([f"{kind}: دریای خزر"], kind)
        np.testing.assert_allclose(prompted, spelled, atol=1e-6)
        assert not np.allclose(prompted, bare.encode(["دریای خزر"], kind), atol=1e-3)
    assert bare.max_tokens == 128


def test_configured_prompts_replace_the_models(
    load, encoder: PassageEncoder, tiny_model: Path
) -> None:
    settings = IndexSettings(encoder=str(tiny_model), query_prompt="passage: ")
    other = load(settings)
    np.testing.assert_allclose(
        other.encode(["خزر"], "query"), encoder.encode(["خزر"], "passage"), atol=1e-6
    )
    assert other.fingerprint != encoder.fingerprint


def test_tokens_are_counted_without_special_ones_and_without_a_limit(
    encoder: PassageEncoder,
) -> None:
    assert encoder.count_tokens(["", "دریای خزر", "خزر sea.", "abc", "خزر " * 1000]) == [
        0,
        2,
        3,
        3,
        1000,
    ]


def test_what_is_beyond_the_limit_makes_no_difference(encoder: PassageEncoder) -> None:
    full = "خزر " * encoder.max_tokens
    vectors = encoder.encode([full, full + "sea", full.replace("خزر ", "sea ", 1)], "passage")
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert not np.allclose(vectors[0], vectors[2], atol=1e-6)


def test_the_number_of_threads_is_that_of_the_settings(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    chosen: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", chosen.append)
    load_openvino(IndexSettings(encoder=str(tiny_model)))  # exports it, where no test has
    processor = Processor(monkeypatch, ["FP32"])
    for threads in (0, 3):
        settings = IndexSettings(encoder=str(tiny_model), threads=threads)
        load_torch(settings)
        load_openvino(settings)
    assert chosen == [3]
    assert [one.get("INFERENCE_NUM_THREADS") for one in processor.options] == [None, 3]


@pytest.mark.parametrize(("threads", "hints"), [(2, ["LATENCY", "THROUGHPUT"]), (1, ["LATENCY"])])
def test_many_texts_are_computed_several_batches_at_once(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, threads: int, hints: list[str]
) -> None:
    load_openvino(IndexSettings(encoder=str(tiny_model)))  # exports it, where no test has
    processor = Processor(monkeypatch, ["FP32"])
    encoder = load_openvino(IndexSettings(encoder=str(tiny_model), threads=threads))
    texts = [f"{number} " + "خزر " * (number % 90) for number in range(200)]
    few = np.concatenate([encoder.encode(texts[at : at + 50], "passage") for at in (0, 50)])
    many = encoder.encode(texts, "passage")
    np.testing.assert_allclose(many[:100], few, atol=1e-6)
    np.testing.assert_array_equal(encoder.encode(texts, "passage").shape, many.shape)
    assert [one["PERFORMANCE_HINT"] for one in processor.options] == hints


def test_a_relative_folder_is_taken_from_the_configurations(model_copy: Path) -> None:
    config = model_copy.parent / "config.toml"
    config.write_text('[index]\nencoder = "model"\n', encoding="utf-8")
    found = resolve_model(IndexSettings.load(config))
    assert (found.name, found.path) == ("model", model_copy)


def test_a_fingerprint_tells_of_content_and_prompts_and_not_of_place_and_precision(
    tiny_model: Path, model_copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fingerprint(folder: Path, **settings: object) -> str:
        return resolve_model(IndexSettings(encoder=str(folder), **settings)).fingerprint

    original = fingerprint(tiny_model)
    assert fingerprint(model_copy) == original
    assert fingerprint(model_copy, batch_size=1, threads=1) == original
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    assert fingerprint(model_copy) == original
    seen = {original, *(fingerprint(model_copy, **{key: "x"}) for key in PROMPTS)}
    renamed = (model_copy / "tokenizer.json").rename(model_copy / "other.json")
    seen.add(fingerprint(model_copy))
    renamed.rename(model_copy / "tokenizer.json")
    assert fingerprint(model_copy) == original
    with (model_copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"?")
    seen.add(fingerprint(model_copy))
    assert len(seen) == 5


PROMPTS = ("query_prompt", "passage_prompt")


def test_a_found_model_is_a_value(tiny_model: Path) -> None:
    found = resolve_model(IndexSettings(encoder=str(tiny_model)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]


@pytest.mark.parametrize("name", ["nobody/no-such-model", "no-such-folder", "../x", "a b/c?"])
def test_a_model_that_is_nowhere(name: str) -> None:
    with pytest.raises(EncoderError) as caught:
        load_encoder(IndexSettings(encoder=name))
    assert str(caught.value) == (
        f"{name}: no such folder, and no such model in this machine's hub cache or within reach; "
        'set [index] encoder to "bundled" or to a model\'s folder'
    )


@pytest.mark.parametrize(
    "damage",
    ["empty folder", "no weights", "weights cut", "weights emptied", "config", "tokenizer"],
)
def test_a_damaged_model_is_named_in_one_line(model_copy: Path, damage: str) -> None:
    weights = model_copy / "model.safetensors"
    match damage:
        case "empty folder":
            shutil.rmtree(model_copy)
            model_copy.mkdir()
        case "no weights":
            weights.unlink()
        case "weights cut":
            weights.write_bytes(weights.read_bytes()[:5000])
        case "weights emptied":
            weights.write_bytes(b"")
        case "config":
            (model_copy / "config.json").write_text("{", encoding="utf-8")
        case "tokenizer":
            (model_copy / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(EncoderError) as caught:
        load_encoder(IndexSettings(encoder=str(model_copy)))
    assert str(caught.value).startswith(f"{model_copy}: not a usable model: ")
    assert "\n" not in str(caught.value)


def test_openvino_gives_torchs_vectors(tiny_model: Path) -> None:
    settings = IndexSettings(encoder=str(tiny_model), batch_size=2)
    ours, torchs = load_openvino(settings), load_torch(settings)
    texts = [*TEXTS, "خزر " * 500, "the Caspian: «دریای خزر»"]
    for kind in ("query", "passage"):
        np.testing.assert_allclose(ours.encode(texts, kind), torchs.encode(texts, kind), atol=2e-4)
    assert ours.count_tokens(texts) == torchs.count_tokens(texts)
    assert (ours.fingerprint, ours.max_tokens) == (torchs.fingerprint, torchs.max_tokens)


@pytest.mark.skipif(
    "BF16" not in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"),
    reason="this processor does not multiply bfloat16 natively",
)
def test_openvino_gives_nearly_the_same_vectors_in_bfloat16(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = IndexSettings(encoder=str(tiny_model))
    full = load_openvino(settings)
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    rounded = load_openvino(IndexSettings(encoder=str(tiny_model)))
    assert (full.precision, rounded.precision) == ("f32", "bf16")
    assert_nearly_the_same(full, rounded)


def test_torch_gives_nearly_the_same_vectors_in_bfloat16(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Torch emulates bfloat16 where it is not native, with the same rounding.
    full = load_torch(IndexSettings(encoder=str(tiny_model)))
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    monkeypatch.setattr("torch.cpu.get_capabilities", lambda: {"avx512_bf16": True})
    rounded = load_torch(IndexSettings(encoder=str(tiny_model)))
    assert_nearly_the_same(full, rounded)
    assert np.max(np.abs(full.encode(TEXTS, "query") - rounded.encode(TEXTS, "query"))) > 1e-4


def assert_nearly_the_same(full: PassageEncoder, rounded: PassageEncoder) -> None:
    """Compare with a tolerance for bfloat16: its numbers have 8 bits, float32's have 24.

    Measured for the tiny model in torch: 0.0027, and a cosine of 0.99999.
    """
    texts = [*TEXTS, "خزر " * 500, "the Caspian: «دریای خزر»"]
    for kind in ("query", "passage"):
        expected, found = full.encode(texts, kind), rounded.encode(texts, kind)
        np.testing.assert_allclose(found, expected, atol=1e-2)
        assert np.min(np.sum(expected * found, axis=1)) > 0.999


class Processor:
    """A processor for OpenVINO that says what it can do; this one, without bfloat16, does it.

    Attributes:
        options: those that models were compiled with.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capabilities: list[str]) -> None:
        self.options: list[dict[str, object]] = []
        told = self.options

        class Core(openvino.Core):
            def get_property(self, device: str, name: str) -> object:
                found = super().get_property(device, name)
                return capabilities if name == "OPTIMIZATION_CAPABILITIES" else found

            def compile_model(self, model: object, device: str, options: dict) -> object:
                told.append(options)
                return super().compile_model(model, device, options)

        monkeypatch.setattr(openvino_model.openvino, "Core", Core)

    @property
    def hints(self) -> list[object]:
        """The precisions that models were compiled for."""
        return [options["INFERENCE_PRECISION_HINT"] for options in self.options]


@pytest.mark.parametrize(
    ("asked", "capabilities", "hint"),
    [
        ("auto", ["FP32", "BF16"], "bf16"),
        ("auto", ["FP32"], "f32"),
        ("f32", ["FP32", "BF16"], "f32"),
        ("bf16", ["FP32", "BF16"], "bf16"),
    ],
)
def test_openvino_is_asked_for_the_configured_precision(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, asked: str, capabilities: list, hint: str
) -> None:
    exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder")
    processor = Processor(monkeypatch, capabilities)
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", asked)
    encoder = load_openvino(IndexSettings(encoder=str(tiny_model)))
    assert (processor.hints, encoder.precision) == ([hint], hint)


def test_what_is_compiled_for_one_precision_is_not_taken_for_another(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = IndexSettings(encoder=str(tiny_model))
    exported = exported_model(resolve_model(settings), "encoder", tmp_path)
    monkeypatch.setenv("KHAZAR_CACHE", str(tmp_path))
    Processor(monkeypatch, ["FP32", "BF16"])
    load_openvino(settings)
    assert list((exported / "compiled" / "f32").glob("*.blob"))
    assert activations(exported / "compiled" / "f32") == {"Erf"}
    assert not (exported / "compiled" / "bf16").exists()
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    load_openvino(IndexSettings(encoder=str(tiny_model)))
    assert list((exported / "compiled" / "bf16").glob("*.blob"))
    assert activations(exported / "compiled" / "bf16") == {"Gelu"}


def activations(folder: Path) -> set[str]:
    """Return which forms of GELU a graph has."""
    graph = (folder / "model.xml").read_text(encoding="utf-8")
    return {kind for kind in ("Erf", "Gelu") if f'type="{kind}"' in graph}


def test_bfloat16_is_refused_where_it_is_not_native(
    load, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Processor(monkeypatch, ["FP32"])
    monkeypatch.setattr("torch.cpu.get_capabilities", dict)
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    with pytest.raises(EncoderError, match="this processor does not multiply natively"):
        load(IndexSettings(encoder=str(tiny_model)))


def test_an_export_is_compared_in_float32_on_any_processor(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = Processor(monkeypatch, ["FP32", "BF16"])
    monkeypatch.setenv("KHAZAR_INDEX__PRECISION", "bf16")
    exported_model(resolve_model(IndexSettings(encoder=str(tiny_model))), "encoder", tmp_path)
    assert processor.hints == ["f32"]
