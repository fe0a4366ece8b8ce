"""Batches of token sequences: of like length, so that little is padding, and of bounded size."""

from collections.abc import Iterator, Sequence

# Padded tokens of one batch, at most; a longer sequence is a batch of its own. More at once is no
# faster, and takes 50 MB for each 1,000 tokens; less would part the pairs of a question.
BATCH_TOKENS = 1024
# The same where each core computes a batch of its own, of which more then stays in its cache.
STREAM_TOKENS = 512
# What a batch costs beside its tokens, in tokens: on two cores with AVX2 a run takes as long as 16
# tokens more than it has, and the faster the processor, the more tokens that is.
_BATCH_OVERHEAD = 32


def batches_by_length(
    lengths: Sequence[int], batch_size: int, batch_tokens: int = BATCH_TOKENS
) -> Iterator[list[int]]:
    """Yield the places of sequences in batches that are computed together, the shortest first.

    A sequence joins a batch of shorter ones unless the padding that this costs them costs more
    than a batch.

    Args:
        lengths: tokens of each sequence.
        batch_size: sequences of a batch, at most.
        batch_tokens: padded tokens of a batch, at most.
    """
    batch: list[int] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        length, count = lengths[at], len(batch)
        if batch and (
            count == batch_size
            or (count + 1) * length > batch_tokens
            or count * (length - lengths[batch[-1]]) > _BATCH_OVERHEAD
        ):
            yield batch
            batch = []
        batch.append(at)
    if batch:
        yield batch
