"""Index engines: where published snapshots are searched, on this machine's disk or in Milvus."""
