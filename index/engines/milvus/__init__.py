"""The Milvus engine: a snapshot's passages, articles and terms in collections of a server."""
