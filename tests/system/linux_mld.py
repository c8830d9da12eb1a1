#!/usr/bin/env python3
"""Test a node on a bridge of the Linux kernel that is a multicast querier and snoops (MLD snooping).

    linux_mld.py DIRECTORY     the directory of the program echo

Runs and reports as described in peer.py.
"""

import itertools
import socket
import sys
import time

from peer import ECHO_PORT, Program, Skip, Suite, Tap, check, must, run, set_kernel, wait_for

suite = Suite("linux_mld", __doc__)

GROUP = "ff0e::1234"
MEMBERSHIP = 5  # seconds until the bridge forgets a group without reports


class Bridge(Tap):
    """A bridge whose only port is the TAP. The kernel's address is on the bridge. Packets to a group reach the node
    only after the bridge has received a report of the group."""

    numbers = itertools.count(1)

    def __init__(self, version):
        super().__init__()
        must("ip", "address", "flush", "dev", self.name)
        self.tap, self.name = self.name, f"br{next(Bridge.numbers)}"
        done = run("ip", "link", "add", self.name, "type", "bridge", "forward_delay", "0", "mcast_snooping", "1",
                   "mcast_mld_version", str(version), "mcast_query_interval", "200",
                   "mcast_query_response_interval", "50", "mcast_startup_query_interval", "100",
                   "mcast_membership_interval", str(100 * MEMBERSHIP))
        if done.returncode != 0:
            raise Skip(f"the kernel has no bridge with MLD snooping: {done.stderr.strip()}")
        set_kernel(f"conf/{self.name}/accept_dad", 0)
        must("ip", "link", "set", self.tap, "master", self.name)
        must("ip", "link", "set", self.name, "up")
        self.add_kernel_address()
        must("ip", "link", "set", self.name, "type", "bridge", "mcast_querier", "1")

    def start(self, *options):
        """Start an echo on the port."""
        kernel_side, self.name = self.name, self.tap
        echo = Program("echo", self, "--address", f"{self.node}/64", *options)
        self.name = kernel_side
        echo.wait_line("listening on")
        return echo

    def has(self, group):
        """Return true if the bridge forwards the group to the node."""
        lines = must("bridge", "mdb", "show", "dev", self.name).splitlines()
        return any(f" port {self.tap} grp {group} " in line + " " for line in lines)


def check_group_lives_as_long_as_the_node(version):
    bridge = Bridge(version)
    echo = bridge.start("--group", GROUP)
    wait_for(lambda: bridge.has(GROUP), 5, f"{GROUP} at the bridge")
    solicited = f"ff02::1:ff00:{int(bridge.node.split('::')[1], 16):x}"
    check(bridge.has(solicited), f"{solicited} is not at the bridge")
    end = time.monotonic() + 2 * MEMBERSHIP + 1
    while time.monotonic() < end:  # only answers to queries keep the group
        check(bridge.has(GROUP), "the bridge has forgotten the group, although the node is in it")
        check(bridge.has(solicited), f"the bridge has forgotten {solicited}")
        time.sleep(0.2)
    echo.stop(9)
    wait_for(lambda: not bridge.has(GROUP), 2 * MEMBERSHIP, "the group expires")


@suite.test
def bridge_keeps_groups_of_version_2_by_answers_to_its_queries():
    check_group_lives_as_long_as_the_node(2)


@suite.test
def bridge_keeps_groups_of_version_1_by_answers_to_its_queries():
    check_group_lives_as_long_as_the_node(1)


@suite.test
def datagrams_to_a_group_reach_the_node_through_the_bridge():
    bridge = Bridge(2)
    bridge.start("--group", GROUP)
    wait_for(lambda: bridge.has(GROUP), 5, f"{GROUP} at the bridge")
    time.sleep(2)  # until the bridge trusts its own queries, it floods
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.settimeout(3)
        peer.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(bridge.name))
        peer.sendto(b"to the group", (GROUP, ECHO_PORT))
        data, sender = peer.recvfrom(100)
    check(data == b"to the group" and sender[0] == bridge.node, f"{data} from {sender}")


@suite.test
def node_is_found_through_the_bridge():
    """A Neighbor Solicitation is sent to a solicited-node group, of which the bridge needs a report."""
    bridge = Bridge(2)
    bridge.start()
    time.sleep(2)
    bridge.check_ping(bridge.node)
    must("ip", "neighbor", "flush", "dev", bridge.name)
    bridge.check_ping(bridge.node)


if __name__ == "__main__":
    sys.exit(suite.main())
