"""What all films share: the stage, the heading, and the verbs that a storyboard is written in."""
