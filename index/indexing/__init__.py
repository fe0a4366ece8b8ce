"""The build: articles to a published snapshot."""
