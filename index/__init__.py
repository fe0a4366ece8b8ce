"""Articles in, a searchable index out: readers, Persian text, passages, encoders, snapshots."""
