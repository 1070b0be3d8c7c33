"""Fuzzing Validate: what one file must lead to, the first files, and how they are changed."""
