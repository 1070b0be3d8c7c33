"""Measuring: what the steps make of pictures, on this machine and without AWS."""
