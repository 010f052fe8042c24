"""What is said: lines, voices, word times, captions and the sound track. Never imports manim."""
