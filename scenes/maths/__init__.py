"""The mathematics of the films: lesson, network, formulas and the numbers shown; no pictures."""
