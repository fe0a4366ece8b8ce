"""Shared by all tests: isolation, a fake encoder, small indexes, a tiny model."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

# Read when the libraries are loaded, here and in processes that tests start. Models and indexes of
# tests are so small that threads of one operation mostly wait for each other, ten times as long as
# one takes alone; and a suite has a worker for each processor anyhow.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest

from index.article import Article
from index.cache import get_or_create_folder
from index.indexing.builder import BuildReport, build
from index.readers.formats.jsonl import to_record
from index.settings import IndexSettings
from tests.support.word_encoder import WordEncoder

# Settings of the user's own, which fixtures of whole modules, and processes that they start, would
# follow into the user's index.
for _name in [name for name in os.environ if name.upper().startswith("KHAZAR_") and "__" in name]:
    del os.environ[_name]

# Read when huggingface_hub is imported: no test may reach a network, by mistake or otherwise.
os.environ["HF_HUB_OFFLINE"] = "1"

# Every processor computes alike in the tests, and in processes that they start: what is native
# elsewhere differs by more than some of them allow. Those that compare precisions choose their own.
PRECISION = "KHAZAR_INDEX__PRECISION"
os.environ[PRECISION] = "f32"
# Nor is anything reranked but where a test says so: the model takes a second to load.
RERANKER = "KHAZAR_RETRIEVAL__RERANKER"
os.environ[RERANKER] = "none"

# A busy machine must not fail a test, nor chance: none of them measures time, and examples are the
# same ones in every run.
hypothesis.settings.register_profile(
    "khazar",
    deadline=None,
    derandomize=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
# `make fuzz`: many more examples, other ones in each run.
hypothesis.settings.register_profile(
    "fuzz",
    hypothesis.settings.get_profile("khazar"),
    derandomize=False,
    max_examples=int(os.environ.get("KHAZAR_FUZZ") or 1),
)
hypothesis.settings.load_profile("fuzz" if os.environ.get("KHAZAR_FUZZ") else "khazar")

BuildIndex = Callable[..., tuple[IndexSettings, BuildReport]]


@pytest.fixture(autouse=True)
def _own_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the user's settings and files out of the tests, and the tests out of the user's files.

    The cache of the bundled model stays as it is: filling it takes long, and what is in it is
    named after the checksum of what it was made from. `tiny_model` has a cache of its own.
    """
    for name in tuple(os.environ):
        if name.upper().startswith("KHAZAR_") and name not in (
            "KHAZAR_CACHE",
            PRECISION,
            RERANKER,
        ):
            monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "user" / name.lower()))


@pytest.fixture
def word_encoder() -> WordEncoder:
    """The encoder that `build_index` uses; its `encoded` tells what a test made it encode."""
    return WordEncoder()


@pytest.fixture
def build_index(tmp_path: Path, word_encoder: WordEncoder) -> BuildIndex:
    """Build and publish a real index with `word_encoder`.

    `build_index(*sources, **settings) -> (IndexSettings, BuildReport)`. A source is an `Article`,
    or a path as `python -m index build` takes it; articles are written to one JSON Lines file,
    which then comes first. `settings` are those of `IndexSettings`; the index is in
    `tmp_path / "index"` unless they say otherwise, so a second call builds on the first.
    """

    def build_now(
        *sources: Article | Path | str, **settings: object
    ) -> tuple[IndexSettings, BuildReport]:
        articles = [source for source in sources if isinstance(source, Article)]
        paths = [str(source) for source in sources if not isinstance(source, Article)]
        if articles:
            lines = (json.dumps(to_record(article), ensure_ascii=False) for article in articles)
            file = tmp_path / "articles.jsonl"
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            paths.insert(0, str(file))
        values = {"directory": tmp_path / "index", "encoder": word_encoder.name, **settings}
        chosen = IndexSettings(**values)  # type: ignore[arg-type]
        return chosen, build(chosen, paths, load=lambda _: word_encoder)

    return build_now


# What the tiny model's vocabulary holds besides letters, so that short texts have few tokens.
_TINY_WORDS = "دریای خزر ایران روسیه دانشگاه همکاری the of caspian sea news".split()


@pytest.fixture(scope="session")
def tiny_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for the tiny model and its export, which all workers of a suite share."""
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "tiny-cache"


@pytest.fixture(scope="session")
def tiny_model_folder(tiny_cache: Path) -> Path:
    """A real sentence-transformers folder that loads fast: a random BERT of two layers.

    Vectors have 32 numbers, a passage has at most 120 tokens besides its prompt; a known
    word is one token, another has one for each letter. Its prompts are "query: " and "passage: ".
    """
    return get_or_create_folder(tiny_cache / "tiny-model", _make_tiny_model)


@pytest.fixture
def tiny_model(tiny_model_folder: Path, tiny_cache: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny model, for a test that loads it; its export goes into `tiny_cache`."""
    monkeypatch.setenv("KHAZAR_CACHE", str(tiny_cache))
    return tiny_model_folder


def _make_tiny_model(folder: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [chr(code) for block in ((0x21, 0x7F), (0x600, 0x700)) for code in range(*block)]
    pieces = [*special, *_TINY_WORDS, *letters, *(f"##{letter}" for letter in letters)]
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"])
    )
    bert = folder / "bert"
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=130,
        pad_token_id=0,
    )
    with torch.random.fork_rng():
        torch.manual_seed(7)
        BertModel(config).save_pretrained(bert)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    ).save_pretrained(bert)
    transformer = Transformer(str(bert), max_seq_length=130)
    pooling = Pooling(transformer.get_embedding_dimension(), pooling_mode="mean")
    model = SentenceTransformer(
        modules=[transformer, pooling, Normalize()],
        prompts={"query": "query: ", "passage": "passage: "},
    )
    shutil.rmtree(bert)
    model.save(str(folder), create_model_card=False)
