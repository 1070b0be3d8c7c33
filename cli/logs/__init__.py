"""`darkroom logs`: what was logged about an image, over all functions and `process`."""
