"""The computer, set up: runs with any Python, before the environment of the films exists."""
