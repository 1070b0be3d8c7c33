"""What the steps make of pictures, run and measured on this machine and without AWS.

Each is a command, `python -m bench.NAME`; the other modules are their parts:

- corpus: any folder of files through every step, each in a process of its own, with limits
- fidelity: how near renditions come to a full decode and one resampling
- cold: what it costs to start each function
- memory: how much each function takes, and what a size costs
- growth: how time and memory grow in pixels and in pictures
- cuts: which cuts in JPEGs Validate's second decoding shows
- crops: what `gravity: auto` keeps, beside the crop of the centre
- goldens: the pictures of docs/recipes.md
- fuzz: broken pictures on Validate, guided by coverage
- storm: many uploads on an embedded engine while its processes are killed
"""
