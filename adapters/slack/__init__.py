"""Slack: the `/pulse` command, direct messages, modals and the Home tab."""
