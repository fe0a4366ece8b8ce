"""Methods given to others, or cached, that do not keep their object alive.

An object that holds its own bound method, in a cache or by way of another object, is a cycle: it
lives until the garbage collector looks at its generation, which may be many closed indexes later.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar
from weakref import WeakMethod

P = ParamSpec("P")
R = TypeVar("R")


def weak_method(method: Callable[P, R]) -> Callable[P, R]:
    """Return a function that calls a bound method; its object must live when it is called."""
    weak = WeakMethod(method)

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = weak()
        assert bound is not None
        return bound(*args, **kwargs)

    return call


def remembering(method: Callable[[str], R], most: int) -> Callable[[str], R]:
    """Return a function that calls a bound method and remembers its last results.

    Args:
        method: the method, of one text.
        most: number of results to remember.
    """
    return lru_cache(maxsize=most)(weak_method(method))
