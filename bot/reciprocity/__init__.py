"""What goes back: digests to leads and participants."""
