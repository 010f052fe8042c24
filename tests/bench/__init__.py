"""The benchmark (`make bench`): this project's command beside Manim alone, and the bare encoder."""
