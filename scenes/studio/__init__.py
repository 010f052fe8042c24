"""What makes a film of a scene: beats in step with the voice, and the machine set up for it."""
