"""The allocator's arenas, in processes of their own: they cannot be counted up and down again."""

import os
import subprocess
import sys

import pytest

# Allocates in 20 threads at once and prints how many arenas there are.
_THREADS = """
import ctypes, sys, threading
from bot.allocator import limit_arenas
libc = ctypes.CDLL(None)
if not hasattr(libc, "malloc_info"):
    sys.exit(77)
limited = limit_arenas()
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
barrier = threading.Barrier(20)
def allocate():
    address = libc.malloc(64)
    barrier.wait()
    libc.free(address)
threads = [threading.Thread(target=allocate) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
print(limited, flush=True)
file = libc.fdopen(1, b"w")
libc.malloc_info(0, file)
libc.fflush(file)
"""


def _arenas(**environment: str) -> tuple[bool, int]:
    found = subprocess.run(
        [sys.executable, "-c", _THREADS],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 77:
        pytest.skip("the C library has no malloc_info")
    assert found.returncode == 0, found.stderr
    return found.stdout.startswith("True"), found.stdout.count("<heap ")


def test_threads_share_two_arenas() -> None:
    assert _arenas() == (True, 2)


def test_the_operators_own_number_is_kept() -> None:
    limited, arenas = _arenas(MALLOC_ARENA_MAX="4")
    assert not limited
    assert arenas > 2
