"""Questions and passages framed as the token sequences that a cross-encoder reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PairTemplate:
    """The special tokens around a question and a passage, and how many tokens fit.

    Attributes:
        prefix: special tokens before the question.
        between: special tokens between the question and the passage.
        suffix: special tokens after the passage.
        max_tokens: tokens that the model reads, special ones included.
    """

    prefix: tuple[int, ...]
    between: tuple[int, ...]
    suffix: tuple[int, ...]
    max_tokens: int

    def frame(self, question: list[int], passage: list[int]) -> list[int]:
        """Return the tokens of a pair; what does not fit is cut off.

        A question keeps at most half of the room, a passage what the question leaves.
        """
        question = question[: self._room // 2]
        passage = passage[: self._room - len(question)]
        return [*self.prefix, *question, *self.between, *passage, *self.suffix]

    def passage_places(self, question: int, passage: int) -> range:
        """Return where the passage's tokens stand in a framed pair; fewer where it was cut off.

        Args:
            question: how many tokens the question has.
            passage: how many tokens the passage has.
        """
        question = min(question, self._room // 2)
        start = len(self.prefix) + question + len(self.between)
        return range(start, start + min(passage, self._room - question))

    @property
    def _room(self) -> int:
        return self.max_tokens - len(self.prefix) - len(self.between) - len(self.suffix)
