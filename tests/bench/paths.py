#!/usr/bin/env python3
"""Count the paths from a function's entry to its exit that execute each loop at most once, in a graph of gcc's
-fdump-tree-...-graph: paths.py FUNCTION FILE"""

import functools
import re
import sys

EDGE = re.compile(r"\s*fn_\d+_basic_block_(\d+):s -> fn_\d+_basic_block_(\d+):n \[(.*)\];")
ENTRY, EXIT = 0, 1


def read_edges(function, file):
    """Return the successors of each block, without gcc's invisible edges, which only shape the drawing."""
    successors, inside = {}, False
    for line in open(file, encoding="utf-8"):
        if line.startswith("subgraph"):
            inside = line.split('"')[1] == f"cluster_{function}"
        edge = EDGE.match(line)
        if inside and edge and "invis" not in edge[3]:
            successors.setdefault(int(edge[1]), set()).add(int(edge[2]))
    return successors


def count_paths(successors):
    @functools.lru_cache(maxsize=None)
    def from_block(block, passed):
        if block == EXIT:
            return 1
        following = [after for after in successors.get(block, ()) if after not in passed]
        return sum(from_block(after, passed | {after}) for after in following)

    return from_block(ENTRY, frozenset({ENTRY}))


if __name__ == "__main__":
    edges = read_edges(sys.argv[1], sys.argv[2])
    if not edges:
        sys.exit(f"paths.py: no function {sys.argv[1]} in {sys.argv[2]}")
    print(count_paths(edges))
