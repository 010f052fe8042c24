"""How numbers are written on screen and said by the voice: nothing is rounded anywhere else."""
