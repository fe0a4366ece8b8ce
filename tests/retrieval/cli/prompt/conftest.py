"""A prompt over the small archive, and what it shows for a typed line."""

import io

import pytest
from rich.console import Console

from retrieval import Retriever
from retrieval.cli.repl import Prompt
from tests.retrieval.support.prompt_output import Type, output


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
def prompt(retriever: Retriever, console: Console) -> Prompt:
    return Prompt(retriever, console)


@pytest.fixture
def type_line(prompt: Prompt, console: Console) -> Type:
    """Type one line; return the lines that are shown for it."""

    def type_now(line: str) -> list[str]:
        before = len(output(console))
        assert prompt.handle(line)
        return output(console)[before:].splitlines()

    return type_now
