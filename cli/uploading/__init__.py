"""`darkroom upload`: what is not there yet goes up, and what became of everything is shown."""
