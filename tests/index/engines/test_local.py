"""The contract on the local engine."""

import pytest

from tests.index.engines.support.contract import IndexContract, Opened


class TestLocal(IndexContract):
    @pytest.fixture
    def opened(self, built: Opened) -> Opened:
        return built
