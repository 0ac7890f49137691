"""The fault catalogue: every way in which a delivery can be wrong, and what then comes of it."""
