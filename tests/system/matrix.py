"""Assign tests to boards and cards, and print their results as a table."""

import functools
import itertools
import os

from machines import BOARDS, CARDS
from peer import Suite

# Each machine keeps a core busy.
suite = Suite("qemu", "", os.cpu_count())

COLUMNS = ("boots", "slaac", "sizes", "udp", "requests", "link", "bridges", "functions", "script", "more")
subjects = {}  # by test: the board or card, and the column


def test_about(thing, column, function, *arguments):
    """Return a test of this board or card that calls the function with these arguments."""
    assert column in COLUMNS
    test = functools.partial(function, *arguments)
    subjects[test] = thing, column
    return test


def for_each(things, column):
    """Make one test of the function for each board or card."""
    def make(function):
        for thing in things:
            test = suite.test(test_about(thing, column, function, thing))
            test.__name__ = f"{thing}_{function.__name__}"
        return function

    return make


def test_of(thing, column="more"):
    """Make the function a test of this board or card."""
    def make(function):
        test = suite.test(test_about(thing, column, function))
        test.__name__ = function.__name__
        return function

    return make


def cell(results):
    """Return the combined result of the tests of a cell."""
    for result in ("FAIL", "SKIP"):
        if result in results:
            return result
    return "ok" if results else "-"


def show_table(results):
    """Print a row for each board, without a card, and for each card. `results` holds the result of each test."""
    print(f"{'board':10}{'NIC':22}" + "".join(f"{column:11}" for column in COLUMNS).rstrip())
    for row in itertools.chain(BOARDS, CARDS.values()):
        board, nic = (row, "none") if row in BOARDS else (row.board, row.nic)
        of = lambda column: [result for test, result in results.items() if subjects[test] == (row, column)]
        cells = [cell(of(column)) for column in COLUMNS]
        if any(text != "-" for text in cells):
            print(f"{board.name:10}{nic:22}" + "".join(f"{text:11}" for text in cells).rstrip())


def show_longest(seconds):
    """Print the longest tests."""
    longest = sorted(seconds.items(), key=lambda item: item[1], reverse=True)[:5]
    print("longest: " + ", ".join(f"{test.__name__} {time:.0f} s" for test, time in longest))
