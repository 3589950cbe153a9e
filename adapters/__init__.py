"""Platforms: each turns its payloads into events, and cards into what it shows."""
