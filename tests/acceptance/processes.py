"""Processes of their own for what is killed or has never seen a diagram: each a fork of one that has only imported."""

import multiprocessing

_ALL = ["tests.acceptance.player", "tests.acceptance.random_processes.killing"]


def begin(target, *arguments):
    """A process that does this, begun."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_ALL)  # read once, when the first is begun
    process = context.Process(target=target, args=arguments)
    process.start()
    return process
