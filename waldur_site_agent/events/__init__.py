"""Events: from Waldur's broker to keys, which say what to look at again."""
