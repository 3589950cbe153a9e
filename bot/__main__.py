"""`soundings`, and `python -m bot`."""

import gc

# Nothing that is being imported is rubbish, and looking for some takes a tenth of a start.
gc.disable()

from bot.cli import main  # noqa: E402

# Nor is it ever: the first look for some would go through all of it once more.
gc.freeze()
gc.enable()

__all__ = ["main"]

if __name__ == "__main__":
    main()
