"""Landscapes: a terrain of hills, a cost curve, and how one moves on them."""


class LandscapeError(ValueError):
    """A landscape whose shape cannot be worked out; the text is one line."""
