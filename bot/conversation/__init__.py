"""How we talk: neutral cards and forms, events, button actions, the command grammar."""
