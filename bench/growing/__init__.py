"""How time and memory grow with pictures: measuring, fitting, drawing, for `bench.growth`."""
