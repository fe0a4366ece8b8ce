"""How many threads a process that answers questions gives to one search."""

import faiss


def search_in_one_thread() -> None:
    """Let FAISS search in the thread that asks, in all of this process.

    Searching for one vector is bound by memory. Beside the encoder's threads, FAISS's only wait for
    each other, and burn the time in which other questions could be answered. Building an index is
    faster with all of them, so only who asks calls this.
    """
    faiss.omp_set_num_threads(1)
