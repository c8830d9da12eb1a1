"""Which test is about which board and card, and what came of it, as a table."""

import functools
import itertools
import os

from machines import BOARDS, CARDS
from peer import Suite

# Each machine keeps a core busy.
suite = Suite("qemu", "", os.cpu_count())

COLUMNS = ("boots", "slaac", "sizes", "udp", "requests", "link", "bridges", "functions", "script", "more")
places = {}  # of each test: the board or card, and the column


def test_about(thing, column, function, *arguments):
    """A test that calls the function with these arguments, and is about this board or card."""
    assert column in COLUMNS
    test = functools.partial(function, *arguments)
    places[test] = thing, column
    return test


def for_each(things, column):
    """Makes one test of the function for each of them."""
    def make(function):
        for thing in things:
            test = suite.test(test_about(thing, column, function, thing))
            test.__name__ = f"{thing}_{function.__name__}"
        return function

    return make


def test_of(thing, column="more"):
    """Makes a test of the function that is about this."""
    def make(function):
        test = suite.test(test_about(thing, column, function))
        test.__name__ = function.__name__
        return function

    return make


def cell(results):
    """What came of the tests there."""
    for result in ("FAIL", "SKIP"):
        if result in results:
            return result
    return "ok" if results else "-"


def show_table(results):
    """A row for each board, without a card, and for each card; results is of each test."""
    print(f"{'board':10}{'NIC':22}" + "".join(f"{column:11}" for column in COLUMNS).rstrip())
    for row in itertools.chain(BOARDS, CARDS.values()):
        board, nic = (row, "none") if row in BOARDS else (row.board, row.nic)
        cells = [cell([result for test, result in results.items() if places[test] == (row, column)]) for column in COLUMNS]
        if any(text != "-" for text in cells):
            print(f"{board.name:10}{nic:22}" + "".join(f"{text:11}" for text in cells).rstrip())


def show_longest(seconds):
    """Where the time goes."""
    longest = sorted(seconds.items(), key=lambda item: item[1], reverse=True)[:5]
    print("longest: " + ", ".join(f"{test.__name__} {time:.0f} s" for test, time in longest))
