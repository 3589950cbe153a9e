"""Keeps everything: one database, one writer, one room for each part of the core."""
