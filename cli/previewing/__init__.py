"""What a recipe makes of pictures, on this machine and without AWS."""
