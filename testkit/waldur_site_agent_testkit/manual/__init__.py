"""The pages of the manual that are made from the code, so that they cannot drift from it."""
