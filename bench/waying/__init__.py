"""What `bench.way` measures with: the two ways that a picture can take, and what each costs."""
