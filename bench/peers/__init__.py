"""The whole delivery set of the default recipe, made by us and by others: `make bench`.

    python -m bench.peers [FOLDER] [--rounds 3] [--quick] [--docs]

Same pictures, same sizes, same formats, in turn in one run; every contender makes every picture in
a process of its own:

- asked: what a process is told, and what it answers
- ours, tutorial, libvips, sharp.mjs: the contenders
- wording: our encoders' settings, as libvips calls them
- worker: the process of those in Python; running: starts the processes
- scores: SSIMULACRA2 against a full decode and one LANCZOS resampling
- measuring, equal, curves: what is run; figures: what is told of it; report, plot: how
"""
