"""The formulas on screen, film by film, and what they have in common."""
