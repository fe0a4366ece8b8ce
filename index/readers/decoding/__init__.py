"""Bytes to text, records and dates, within limits."""
