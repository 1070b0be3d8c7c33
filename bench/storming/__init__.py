"""The parts of `python -m bench.storm`."""
