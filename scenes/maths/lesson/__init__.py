"""The lesson: what it is, how its file is read, and what it must show."""
