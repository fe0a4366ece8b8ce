"""MinHash: near-duplicates, articles with nearly the same text.

The shingles of an article are all runs of three index terms of its title and text. Its sketch is
the 64 smallest of their hashes (A. Z. Broder, "On the resemblance and containment of documents",
1997). Among the 64 smallest hashes of two articles together, the share of common ones estimates the
share of common shingles. Articles are linked if it is at least one half.
"""

import zlib
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

SKETCH_SIZE = 64
JACCARD_THRESHOLD = 0.5
_RUN = 3
# Of fewer shingles, many are common by chance.
_FEWEST = 12
# A run that more articles have is a formula of their agency.
_MOST_HOLDERS = 60
# Eight bytes each, and as much again while they are sorted.
_MOST_PAIRS = 20_000_000
_NONE = np.uint32(0xFFFFFFFF)
_ROW_BITS, _ROWS = np.uint64(32), np.uint64(0xFFFFFFFF)
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)

Sketch = NDArray[np.uint32]


def sketch(terms: Sequence[str]) -> Sketch:
    """Return the ascending (64,) sketch of an article's index terms, padded with ones."""
    values = np.full(SKETCH_SIZE, _NONE)
    if len(terms) < _FEWEST + _RUN - 1:
        return values
    codes = np.array(
        [zlib.crc32(term.encode("utf-8", "surrogatepass")) for term in terms], np.uint64
    )
    runs = len(codes) - _RUN + 1
    mixed = np.zeros(runs, np.uint64)
    for at, factor in enumerate(_FACTORS):
        mixed = (mixed ^ (codes[at : at + runs] * np.uint64(factor))) * np.uint64(_FACTORS[0])
        mixed ^= mixed >> np.uint64(29)
    smallest = np.unique((mixed >> np.uint64(32)).astype(np.uint32))[:SKETCH_SIZE]
    values[: len(smallest)] = smallest
    return values


def near_duplicates(sketches: NDArray[np.uint32]) -> NDArray[np.int32]:
    """Return the (links, 2) pairs of near-duplicates among (articles, 64) sketches.

    Each pair comes once, the earlier article first, in ascending order.
    """
    linked = [
        pair
        for pairs in _candidates(sketches)
        for pair in pairs.tolist()
        if _resemblance(*sketches[pair]) >= JACCARD_THRESHOLD
    ]
    return np.array(linked, dtype=np.int32).reshape(-1, 2)


def _candidates(sketches: NDArray[np.uint32]) -> Iterator[NDArray[np.int64]]:
    """Yield (pairs, 2) articles that share enough values to be near-duplicates."""
    # Sorted in one piece, value before row: at a million articles these are 500 MB.
    keys = sketches.astype(np.uint64)
    keys <<= _ROW_BITS
    keys |= np.arange(len(sketches), dtype=np.uint64)[:, None]
    keys = keys[sketches != _NONE]
    keys.sort()
    # Most values have one holder.
    same = (keys[1:] ^ keys[:-1]) >> _ROW_BITS == 0
    keys = keys[np.append(same, False) | np.append(False, same)] if len(keys) else keys
    values = keys >> _ROW_BITS
    rows = (keys & _ROWS).astype(np.int64)
    begins = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if len(values) else values
    ends = np.r_[begins[1:], len(values)] if len(values) else begins
    sizes = ends - begins
    # Of the numbers of holders those that there are: each takes as many steps as it has pairs.
    kinds: list[int] = [n for n in np.unique(sizes).tolist() if 2 <= n <= _MOST_HOLDERS]
    total = sum(size * (size - 1) // 2 * np.count_nonzero(sizes == size) for size in kinds)
    counts = np.count_nonzero(sketches != _NONE, axis=1)
    # Pairs are counted for some articles at a time, to save memory.
    parts = np.linspace(0, len(sketches), total // _MOST_PAIRS + 2).astype(np.int64)
    for least, end in pairwise(parts.tolist()):
        found: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
        for size in kinds:
            starts = begins[sizes == size]
            holders = rows[starts[:, None] + np.arange(size)]
            for one, other in combinations(range(size), 2):
                here = (holders[:, one] >= least) & (holders[:, one] < end)
                found.append(holders[here, one] * len(sketches) + holders[here, other])
        pairs, shared = np.unique(np.concatenate(found), return_counts=True)
        # Values that are too common were left out, so the limit is lower here.
        first, second = pairs // len(sketches), pairs % len(sketches)
        enough = shared >= JACCARD_THRESHOLD / 2 * np.minimum(counts[first], counts[second])
        yield np.stack([first[enough], second[enough]], axis=1)


def _resemblance(first: Sketch, second: Sketch) -> float:
    first, second = first[first != _NONE], second[second != _NONE]
    both = np.union1d(first, second)[:SKETCH_SIZE]
    common = np.intersect1d(first, second, assume_unique=True)
    return float(np.isin(both, common, assume_unique=True).sum() / len(both))
