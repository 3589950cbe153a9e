"""What each command, button and form does: load, decide, save, all in one transaction."""
