"""The proof that the films are right: every number, every frame, every word."""
