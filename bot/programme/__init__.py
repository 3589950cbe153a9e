"""Organisations, programmes and their people."""
