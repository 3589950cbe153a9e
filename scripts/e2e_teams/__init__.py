"""A round in the Microsoft 365 Agents Playground, Microsoft's own stand-in for the Teams client."""
