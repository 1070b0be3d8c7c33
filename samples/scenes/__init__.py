"""A module a picture, each with `picture() -> bytes`; beside them, the parts of the larger ones.

Seeded, so that every run gives the same pixels; Pillow and the standard library only. Most are
computed in linear light, one float per pixel and channel, and developed like a film at the end.
"""
