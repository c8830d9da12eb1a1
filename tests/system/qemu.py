#!/usr/bin/env python3
"""The images of the examples for boards without operating system, on the network cards that QEMU emulates, with the
Linux kernel as the node at the other end.

    qemu.py DIRECTORY [TEXT...]    the folder with a folder for each board: what the presets of those names build

The boards are those with a file env/BOARD/qemu, which names their cards. See peer.py for where this runs, and what it
prints; after that comes a table of boards and cards. The tests are in qemu_nodes.py, qemu_functions.py and
qemu_script.py.
"""

import sys

import qemu_functions
import qemu_nodes
import qemu_script
from matrix import show_longest, show_table, suite

PARTS = (qemu_nodes, qemu_functions, qemu_script)  # reading them has made their tests

if __name__ == "__main__":
    suite.usage = __doc__
    status = suite.main()
    if suite.results:
        show_table(suite.results)
        show_longest(suite.seconds)
    sys.exit(status)
