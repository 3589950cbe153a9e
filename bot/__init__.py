"""Soundings: the conversation core, free of platforms and databases."""
