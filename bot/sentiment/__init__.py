"""From answers to what may be printed: coding, blocks, release and honest statistics."""
