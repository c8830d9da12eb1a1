#!/usr/bin/env python3
"""Test the images of the examples for boards without an operating system, on QEMU's network cards, with the Linux
kernel as the node at the other end.

    qemu.py DIRECTORY [TEXT...]    the directory that holds one for each board, built by the preset of that name

The boards are those with a file env/BOARD/qemu, which names their cards. Runs and reports as described in peer.py; a
table of boards and cards follows. To accept a new board, run it with the name of the board as TEXT. The tests are in
qemu_nodes.py, qemu_functions.py and qemu_script.py.
"""

import sys

import qemu_functions
import qemu_nodes
import qemu_script
from matrix import show_longest, show_table, suite

PARTS = (qemu_nodes, qemu_functions, qemu_script)  # importing them registers their tests

if __name__ == "__main__":
    suite.usage = __doc__
    status = suite.main()
    if suite.results:
        show_table(suite.results)
        show_longest(suite.seconds)
    sys.exit(status)
