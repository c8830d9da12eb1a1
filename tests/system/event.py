#!/usr/bin/env python3
"""Test the example event, two processes with queues in shared memory, with the Linux kernel as its peer.

    event.py DIRECTORY     the directory of the program event

Runs and reports as described in peer.py.
"""

import os
import socket
import sys
import time

from peer import ECHO_PORT, PING_MAX, Process, Program, Suite, Tap, check, must, set_kernel, wait_for

suite = Suite("event", __doc__)


def start(tap):
    return Process(os.path.join(Program.directory, "event"), tap.name, f"{tap.node}/64")


def frames_sent(tap):
    with open("/proc/net/dev", encoding="ascii") as file:
        line = next(line for line in file if line.lstrip().startswith(f"{tap.name}:"))
    return int(line.split(":")[1].split()[1])


def wakes(event):
    """End the program. Return the number of times that the domain was woken up."""
    status = event.stop()
    check(status == 0, f"status {status}: {event.lines} {event.errors}")
    return int(event.lines[-1].split()[-2])


def is_there(tap):
    wait_for(lambda: " 1 received" in tap.ping(tap.node, "-c", "1", "-W", "1"), 10, "an answer")


@suite.test
def domain_answers_every_ping():
    tap = Tap()
    event = start(tap)
    is_there(tap)
    tap.check_ping(tap.node, PING_MAX)
    output = tap.ping(tap.node, "-f", "-c", "20000", "-w", "60")
    check(" 20000 received, 0% packet loss" in output, output)
    check(wakes(event) > 0, "it was never woken up")


@suite.test
def domain_answers_bursts_of_datagrams():
    tap = Tap()
    start(tap)
    is_there(tap)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.connect((tap.node, ECHO_PORT))
        peer.settimeout(3)
        for burst in range(200):
            sent = {f"{burst} {number}".encode() * number for number in range(1, 41)}
            for data in sent:
                peer.send(data)
            received = {peer.recv(2000) for _ in sent}
            check(received == sent, f"burst {burst}: {len(received & sent)} of {len(sent)}")


@suite.test
def only_the_timer_wakes_an_idle_domain():
    """The domain detects its addresses without receiving a frame, and then sleeps."""
    tap = Tap()
    set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    before = frames_sent(tap)
    event = start(tap)
    wait_for(lambda: frames_sent(tap) - before >= 4, 10, "solicitations for two addresses and reports of their groups")
    time.sleep(5)
    count = wakes(event)
    check(count < 100, f"woken up {count} times although idle")


@suite.test
def interface_that_is_deleted_ends_both_sides():
    tap = Tap()
    event = start(tap)
    is_there(tap)
    must("ip", "link", "delete", tap.name)
    status = event.wait()
    check(status == 2 and "the TAP interface was deleted" in event.errors, f"{status}: {event.lines} {event.errors}")


if __name__ == "__main__":
    sys.exit(suite.main())
