"""The verbs with which a test changes a world, by what they are about."""
