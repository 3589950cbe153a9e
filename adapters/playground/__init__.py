"""A chat platform of our own: one local page on which one person plays all three roles."""
