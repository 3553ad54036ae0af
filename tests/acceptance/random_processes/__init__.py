"""Random processes, run to their end undisturbed, restarted after every step, and killed: the outcome is always the same.

`kinds` is the table of what they are made of (a new element is one row), `generating` makes a bundle from a seed,
`playing` drives it with decisions taken from the seed alone, `outcome` tells what there is, `comparing` and `killing`
run and compare. See `python -m tests.acceptance.random_processes --help`.
"""
