"""Contact sheets of what a stack holds."""
