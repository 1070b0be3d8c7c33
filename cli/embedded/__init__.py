"""The embedded engine's process: MiniStack, with what it lacks to be a stand-in for AWS.

One module for each repair or bound, with the function `install` that puts it in place.
"""
