"""`darkroom watch`: what runs and in which step, what waits for whom, what failed, what ended."""
