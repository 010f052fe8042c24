"""The films, one scene a file, and the packages they are made of."""
