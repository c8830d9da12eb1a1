#!/usr/bin/env python3
"""Thousands of hosts ping a node at once while its link is scanned and flooded; then they ping the Linux kernel.

    many_peers.py DIRECTORY     the directory of the program echo, built with large tables (preset "large")

Runs and reports as described in peer.py. Each test prints what happened in each phase, of the node and of the kernel
next to it. Only the figures of the node are checked. The kernel keeps as many neighbors as
net.ipv6.neigh.default.gc_thresh3 permits, a setting of the whole machine, which this script does not change.
"""

import itertools
import json
import sys
import time

from crowd import QUEUE, Crowd, KernelCrowd, Result
from peer import Namespace, Program, Suite, Tap, check, must, set_kernel

# Unknown hosts can have a quarter of the Neighbor Cache resolved at one time: that of the preset holds all hosts.
HOSTS, NEW_HOSTS, HOSTS_BEHIND_ROUTER = 2000, 500, 10000
ROUNDS, KERNEL_ROUNDS = 5, 2  # of pings during an attack

PROBED = 20  # seconds until the node has asked each host whether it is there: 5 s and more (RFC 4861, 10)
PROBES_MAX = 3  # each time, if no answer arrives (RFC 4861, 10)
REACHABLE_MIN = 15  # seconds until it asks again, at least (RFC 4861, 6.3.2)
PATIENCE = 20  # seconds without a reply until the missing ones are lost
KERNEL_PROBED, KERNEL_PATIENCE = 7, 1

STALL = 2.0  # seconds: a host that answers three solicitations so late may be thought to be away (RFC 4861, 10)
ATTEMPTS = 3

suite = Suite("many_peers", __doc__, together=1)


# -- Links -------------------------------------------------------------------------------------------------------------


def drops_of(name, inside=()):
    """Return the number of frames that an interface has dropped."""
    stats = json.loads(must(*inside, "ip", "-j", "-s", "link", "show", "dev", name))[0]["stats64"]
    return stats["rx"]["dropped"] + stats["tx"]["dropped"]


class NodeLink(Tap):
    """A TAP interface with the node at its other end, and space for all frames of a round."""

    def __init__(self, kind):
        super().__init__()
        must("ip", "link", "set", self.name, "txqueuelen", str(QUEUE))
        if kind is not KernelCrowd:
            set_kernel(f"conf/{self.name}/disable_ipv6", 1)
        self.gateway = self.kernel
        self.program = Program("echo", self, "--address", f"{self.node}/64", "--gateway", self.gateway, record=False)
        self.program.wait_line("listening on")

    def drops(self):
        return drops_of(self.name)


class KernelLink:
    """A veth interface with the Linux kernel, in a namespace of its own, at its other end."""

    numbers = itertools.count(1)

    def __init__(self, kind):
        number = next(KernelLink.numbers)
        self.name, self.mac = f"veth{number}", f"02:00:00:00:fe:{number:02x}"
        self.gateway, self.node = f"fd00:fe{number:02x}::1", f"fd00:fe{number:02x}::2"
        self.there = Namespace()
        must("ip", "link", "add", self.name, "type", "veth", "peer", "name", "node0", "address", self.mac, "netns",
             self.there.pid)
        set_kernel(f"conf/{self.name}/accept_dad", 0)
        set_kernel(f"conf/{self.name}/disable_ipv6", 0 if kind is KernelCrowd else 1)
        self.there.bring_up("node0", f"{self.node}/64", "fe80::2/64")  # its probes are from a link-local address
        self.there.must("ip", "route", "add", "default", "via", self.gateway)
        must("ip", "link", "set", self.name, "up")
        if kind is KernelCrowd:
            must("ip", "address", "add", f"{self.gateway}/64", "dev", self.name, "nodad")

    def drops(self):
        return drops_of(self.name) + drops_of("node0", self.there.inside)


# -- Phases ------------------------------------------------------------------------------------------------------------


class Run:
    """A crowd pings a node in phases. `known`: hosts that have been answered before the attack. `new`: other ones."""

    def __init__(self, link, kind, phases, rounds, patience, probed):
        self.crowd = kind(link, patience)
        self.rounds, self.probed = rounds, probed
        self.known, self.new, self.resolved = [], [], 0
        self.problems = []
        began = time.monotonic()
        phases(self)
        self.seconds = time.monotonic() - began

    def meet(self, hosts):
        """Let the node answer its first hosts, and find out that all of them are there."""
        self.known = hosts
        self.crowd.prepare(hosts)
        soliciting = [host for host in hosts if host.solicits]
        self.first("first round", hosts)
        self.resolved = self.resolutions(hosts)
        self.crowd.wait_for_probes(soliciting, self.probed)

    def first(self, name, hosts, **arguments):
        """Let hosts ping that the node does not know. A second solicitation is sent after a second (RFC 4861, 10)."""
        result = self.crowd.phase(name, hosts, **arguments)
        count = max(host.resolutions for host in hosts)
        if count > 1 + int(result.s):
            self.problems.append(f"{name}: a host was resolved {count} times in {result.s:.1f} s")

    @staticmethod
    def resolutions(hosts):
        return sum(host.resolutions for host in hosts)

    def print(self, who):
        print(f"{who}\n{Result.head()}")
        for result in self.crowd.results:
            print(result.row(), flush=True)

    def faults(self):
        """Return what the node did wrong."""
        for result in self.crowd.results:
            if result.lost > result.dropped:
                yield f"{result.name}: {result.lost} of {result.requests} requests have no reply"
            if result.unanswered > result.dropped:
                yield f"{result.name}: {result.unanswered} of {result.attackers} solicitations have no answer"
        if self.crowd.wrong:
            yield f"{len(self.crowd.wrong)} wrong replies, the first is {self.crowd.wrong[0].hex()}"
        yield from self.problems
        if self.resolutions(self.known) > self.resolved:
            yield f"known hosts were resolved again, {self.resolutions(self.known) - self.resolved} times"
        probes = max(host.probes for host in self.known + self.new)
        if probes > PROBES_MAX * (1 + self.seconds // REACHABLE_MIN):
            yield f"a host was probed {probes} times in {self.seconds:.0f} s"


def on_link(run):
    run.meet(run.crowd.new_hosts(HOSTS))
    run.crowd.phase("known hosts", run.known)
    run.crowd.phase("known hosts, attack", run.known, rounds=run.rounds, attackers=1)
    run.new = run.crowd.new_hosts(NEW_HOSTS)
    run.crowd.prepare(run.new)
    run.first("new hosts, attack", run.new, rounds=2, attackers=2)
    run.crowd.phase("all hosts afterwards", run.known + run.new)


def off_link(run):
    router = run.crowd.new_gateway()
    run.meet([router])
    hosts = run.crowd.new_hosts_behind(router, HOSTS_BEHIND_ROUTER)
    run.crowd.phase("behind a router", hosts)
    run.crowd.phase("behind a router, attack", hosts, attackers=1)
    run.crowd.phase("behind a router afterwards", hosts)


def check_next_to_kernel(kind, phases):
    """Measure the node, again if this process could not keep up, and the kernel next to it. Check the node."""
    for _ in range(ATTEMPTS):
        link = NodeLink(kind)
        run = Run(link, kind, phases, ROUNDS, PATIENCE, PROBED)
        run.print("the node")
        link.program.stop()
        faults = list(run.faults())
        if not faults or run.crowd.longest_stall < STALL:
            break
        print(f"again: this process did not run for {run.crowd.longest_stall:.1f} s: {faults}", flush=True)
    if faults:
        print("\n".join(link.program.lines))
    kernel = Run(KernelLink(kind), kind, phases, KERNEL_ROUNDS, KERNEL_PATIENCE, KERNEL_PROBED)
    kernel.print("the Linux kernel")
    check(not faults, "; ".join(faults))


@suite.test
def hosts_are_answered_while_the_link_is_scanned_and_flooded():
    """Each has an Ethernet address of its own. Every other one solicits the node before it pings."""
    check_next_to_kernel(Crowd, on_link)


@suite.test
def addresses_of_a_kernel_are_answered_while_the_link_is_scanned_and_flooded():
    """They have one Ethernet address. The node must solicit each of them."""
    check_next_to_kernel(KernelCrowd, on_link)


@suite.test
def hosts_behind_a_router_are_answered_while_the_link_is_scanned_and_flooded():
    check_next_to_kernel(Crowd, off_link)


if __name__ == "__main__":
    sys.exit(suite.main())
