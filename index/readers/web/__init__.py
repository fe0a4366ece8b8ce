"""Pages and feeds fetched from the web, politely and within limits."""
