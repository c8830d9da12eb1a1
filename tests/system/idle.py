#!/usr/bin/env python3
"""The examples on TAP interfaces when there is nothing to do: they take no CPU, and answer as fast as the kernel does.

    idle.py DIRECTORY     the folder with the programs echo, ping and event

Runs, and reports, as peer.py says. The machine may be busy. Other programs can only add to the measurements. Each test
therefore measures up to ROUNDS times, and passes with the first round that is good.
"""

import os
import re
import signal
import statistics
import sys
import time

from peer import Namespace, Process, Program, Suite, Tap, check, must, wait_for

ROUNDS = 5
SECONDS = 4  # of a measurement
TICKS_MAX = 1  # of the CPU clock (10 ms as a rule): 0, and 1 for who is running when it ticks
SWITCHES_MAX = 15  # context switches in a second: the examples look at their link 10 times
PINGS = 25  # at each of the intervals, so that no sleep of a fixed length always ends right before the next request
INTERVALS = (5, 6, 7, 9, 11)  # milliseconds
RATIO_MAX = 2.0

suite = Suite("idle", __doc__)


def first_good(measure, is_good):
    """Measures again until it is good."""
    results = []
    for _ in range(ROUNDS):
        results.append(measure())
        if is_good(results[-1]):
            return
    check(False, f"in no round of {ROUNDS}: {results}")


# -- CPU ---------------------------------------------------------------------------------------------------------------


def usage(pid):
    """CPU ticks and context switches of a process until now (proc(5))."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        switches = [int(number) for number in re.findall(r"ctxt_switches:\s+(\d+)", file.read())]
    return int(fields[11]) + int(fields[12]), sum(switches)


def check_idle(*pids, switches_max=SWITCHES_MAX):
    """Ticks and switches of all of them together, over some seconds."""
    def measure():
        before = [usage(pid) for pid in pids]
        time.sleep(SECONDS)
        after = [usage(pid) for pid in pids]
        return tuple(sum(row[i] for row in after) - sum(row[i] for row in before) for i in (0, 1))

    first_good(measure, lambda result: result[0] <= TICKS_MAX and result[1] <= switches_max * SECONDS)


def echo_on(tap, *options, record=False):
    echo = Program("echo", tap, "--address", f"{tap.node}/64", *options, record=record)
    echo.wait_line("listening on")
    return echo


@suite.test
def idle_echo_takes_no_cpu():
    check_idle(echo_on(Tap()).process.pid)


@suite.test
def idle_echo_that_records_takes_no_cpu():
    check_idle(echo_on(Tap(), record=True).process.pid)


@suite.test
def idle_echo_with_dhcp_takes_no_cpu():
    """No server answers, so that the client asks again, after 1, 2, 4, 8 s and so on."""
    check_idle(echo_on(Tap(), "--dhcp", "--no-slaac").process.pid)


@suite.test
def ping_takes_no_cpu_between_requests():
    tap = Tap()
    ping = Program("ping", tap, "--address", f"{tap.node}/64", tap.kernel, record=False)
    ping.wait_line("bytes from")
    check_idle(ping.process.pid, switches_max=SWITCHES_MAX + 5)
    check(ping.process.poll() is None, "it has ended")


@suite.test
def idle_domain_and_its_virtualiser_take_no_cpu():
    tap = Tap()
    event = Process(os.path.join(Program.directory, "event"), tap.name, f"{tap.node}/64")
    wait_for(lambda: " 1 received" in tap.ping(tap.node, "-c", "1", "-W", "1"), 20, "a reply of the domain")
    pid = event.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        children = [int(child) for child in file.read().split()]
    check(len(children) == 1, f"{children}")
    check_idle(pid, *children, switches_max=5)


@suite.test
def signal_ends_an_idle_program():
    """The signal ends the wait. One that arrives right before the wait is seen at the next look at the link."""
    for number in (signal.SIGINT, signal.SIGTERM):
        seconds = []
        for _ in range(ROUNDS):
            echo = echo_on(Tap())
            time.sleep(0.2)
            began = time.monotonic()
            check(echo.stop(number) == 0, f"{echo.lines}")
            seconds.append(time.monotonic() - began)
        check(min(seconds) < 0.09 and max(seconds) < 5, f"signal {number}: {seconds}")


@suite.test
def deleted_interface_ends_an_idle_program():
    tap = Tap()
    echo = echo_on(tap)
    must("ip", "link", "delete", tap.name)
    check(echo.wait(5) == 2, f"{echo.lines}")


# -- Round trip --------------------------------------------------------------------------------------------------------


def round_trip(tap, address):
    """The median of some pings, in milliseconds."""
    times = []
    for interval in INTERVALS:
        output = tap.ping(address, "-c", str(PINGS), "-i", f"0.{interval:03}", "-W", "2")
        replies = [float(number) for number in re.findall(r"time=([\d.]+) ms", output)]
        check(len(replies) > PINGS // 2, output)  # ping(8) leaves when it thinks that the last are lost
        times += replies
    return statistics.median(times)


@suite.test_alone
def round_trip_is_within_twice_the_kernels():
    """Of a node that sleeps between two requests. The kernel's own is that of a kernel behind a veth interface, which
    answers while the request is sent; measured alternately, before and after each of the node's."""
    tap = Tap()
    echo_on(tap)
    peer = Namespace()
    must("ip", "link", "add", "kernel0", "type", "veth", "peer", "name", "kernel1", "netns", peer.pid)
    peer.bring_up("kernel1", "fd00:ff::2/64")
    must("ip", "link", "set", "kernel0", "up")
    must("ip", "address", "add", "fd00:ff::1/64", "dev", "kernel0", "nodad")
    wait_for(lambda: " 1 received" in tap.ping("fd00:ff::2", "-c", "1", "-W", "1"), 20, "a reply of the kernel")
    tap.check_ping(tap.node)

    def measure():
        before = round_trip(tap, "fd00:ff::2")
        node = round_trip(tap, tap.node)
        after = round_trip(tap, "fd00:ff::2")
        print(f"round trip: node {node:.3f} ms, kernel {before:.3f} and {after:.3f} ms", flush=True)
        return node / ((before + after) / 2)

    first_good(measure, lambda ratio: ratio <= RATIO_MAX)


if __name__ == "__main__":
    sys.exit(suite.main())
