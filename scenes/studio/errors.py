"""What a user did that cannot be carried out, said in one line."""


class StudioError(Exception):
    """A request that cannot be carried out; its text is one line that says how to mend it."""
