"""The C library's memory allocator, which keeps memory for each thread."""

import ctypes
import os

# glibc's name for the number of arenas, from malloc.h. By default it is eight for each core.
_M_ARENA_MAX = -8
_ARENAS = 2


def limit_arenas() -> bool:
    """Have all threads share two arenas, as MALLOC_ARENA_MAX=2 in the environment does.

    With an arena for each thread, what a model or an update needed for a moment stays with the
    process many times over. Threads that exist already keep theirs.

    Returns:
        Whether it took effect: not where the variable is set, or the C library has no arenas.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is None or "MALLOC_ARENA_MAX" in os.environ:
        return False
    return bool(set_option(_M_ARENA_MAX, _ARENAS))
