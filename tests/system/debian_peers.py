#!/usr/bin/env python3
"""Test the examples with routers, servers and hosts of Debian: radvd, Kea, dnsmasq, ndisc6, and Linux as a router.

    debian_peers.py DIRECTORY     the directory of the programs echo and ping

Each test has network namespaces of its own for the link and for each machine. Runs and reports as described in peer.py.
"""

import itertools
import json
import os
import shutil
import socket
import struct
import sys
import time

from peer import ECHO_PORT, Namespace, Program, Skip, Suite, check, check_recorded, must, run, wait_for

MAC = "02:00:00:00:00:07"
IDENTIFIER = "ff:fe00:7"  # formed from MAC
LINK_LOCAL = f"fe80::{IDENTIFIER}"
FAR = "2001:db8:f::2"  # a host beyond the router
POOL = "2001:db8:1::d:"  # the prefix of leased addresses

suite = Suite("debian_peers", __doc__)


# -- Machines ----------------------------------------------------------------------------------------------------------


class Machine(Namespace):
    """A namespace that can be wired to another one."""

    def add_interface(self, name, other, other_name, mtu=1500):
        """Add an interface that is wired to a new one of another machine. Both are down."""
        self.must("ip", "link", "add", name, "mtu", str(mtu), "type", "veth",
                  "peer", "name", other_name, "mtu", str(mtu), "netns", other.pid)


class Link(Machine):
    """A link, as a bridge with a TAP interface for the node."""

    name = "tap0"
    mac = MAC

    def __init__(self):
        super().__init__()
        self.must("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0", "forward_delay", "0")
        self.must("ip", "tuntap", "add", "dev", "tap0", "mode", "tap")
        for name in ("br0", "tap0"):
            self.set(f"conf/{name}/disable_ipv6", 1)
            self.must("ip", "link", "set", name, "up")
        self.must("ip", "link", "set", "tap0", "master", "br0")

    def echo(self, *options):
        echo = Program("echo", self, *options)
        echo.wait_line("listening on")
        return echo


class Router(Machine):
    """Router number N of a link is fe80::N and 2001:db8:1::N there."""

    prefix = "2001:db8:1::/64"
    node = f"2001:db8:1::{IDENTIFIER}"  # the node's address with this prefix

    numbers = itertools.count(1)

    def __init__(self, link, number=1):
        super().__init__()
        self.link_local, self.address = f"fe80::{number}", f"2001:db8:1::{number}"
        self.set("conf/all/forwarding", 1)
        self.add_interface("eth0", link, f"r{number}")
        link.must("ip", "link", "set", f"r{number}", "master", "br0")
        link.set(f"conf/r{number}/disable_ipv6", 1)
        link.must("ip", "link", "set", f"r{number}", "up")
        self.bring_up("eth0", f"{self.link_local}/64", f"{self.address}/64")
        self.directory = os.path.join(Program.recordings, f"router{next(Router.numbers)}")
        os.mkdir(self.directory)
        self.radvd = None

    def add_host_beyond(self, mtu=1500):
        """Add a host on another link of the router, with this MTU."""
        host = Machine()
        self.add_interface("eth1", host, "eth0", mtu)
        self.bring_up("eth1", "fe80::f:1/64", "2001:db8:f::1/64")
        host.bring_up("eth0", "fe80::f:2/64", f"{FAR}/64")
        host.must("ip", "route", "add", "default", "via", "2001:db8:f::1")
        return host

    def path(self, name):
        return os.path.join(self.directory, name)

    def advertise(self, interface="", prefix="", more=""):
        """Let radvd advertise the prefix every 3 to 4 s, or change the advertisements of a running one."""
        options = "AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; AdvDefaultLifetime 30;"
        prefixes = f"prefix {self.prefix} {{ AdvOnLink on; AdvAutonomous on; {prefix} }};"
        with open(self.path("radvd.conf"), "w", encoding="ascii") as file:
            file.write(f"interface eth0 {{ {options} {interface} {prefixes} {more} }};\n")
        if self.radvd:
            self.radvd.process.send_signal(1)
        else:
            self.radvd = self.start("radvd", "-n", "-m", "stderr", "-C", self.path("radvd.conf"),
                                    "-p", self.path("radvd.pid"))


def check_ping(machine, address, *options):
    done = machine.run("ping", "-6", "-n", "-c", "1", "-W", "3", *options, address)
    check(" 1 received, 0% packet loss" in done.stdout, f"{address} {options}:\n{done.stdout}{done.stderr}")


def addresses_of(program):
    """Return the addresses that a program has reported as usable."""
    lines = program.has("listening on ") + program.has("pinging from ")
    listed = {address for line in lines for address in line.split(" ", 2)[2].split(", ")}
    return listed | {line.split()[-4] for line in program.has(" can be used")}


def recorded_frames(program):
    """Return the frames that an ended program recorded."""
    with open(program.file, "rb") as file:
        data = file.read()
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack("=I", data[at + 8 : at + 12])[0]
        yield data[at + 16 : at + 16 + length]
        at += 16 + length


def sent_frames(program):
    own = bytes.fromhex(MAC.replace(":", ""))
    return [frame for frame in recorded_frames(program) if frame[6:12] == own]


# -- Routers that advertise themselves (radvd) -------------------------------------------------------------------------


@suite.test
def node_configured_by_radvd_answers_from_beyond_the_router():
    link = Link()
    router = Router(link)
    far = router.add_host_beyond()
    router.advertise(more=f"RDNSS {router.address} 2001:db8::53 {{ AdvRDNSSLifetime 20; }};"
                          "DNSSL lan.example example.com { AdvDNSSLLifetime 20; };")
    echo = link.echo()
    for line in (f"router {router.link_local} is a default router", f"DNS server {router.address} is advertised",
                 "DNS server 2001:db8::53 is advertised", "search domain lan.example is advertised",
                 "search domain example.com is advertised"):
        echo.wait_line(line)
    echo.wait_line(router.node)
    for size in (0, 1452, 3000):
        check_ping(far, router.node, "-s", str(size))
    check(echo.stop() == 0, echo.errors)


@suite.test
def address_is_deprecated_and_preferred_again_by_radvd():
    link = Link()
    router = Router(link)
    router.advertise(prefix="AdvPreferredLifetime 1000; AdvValidLifetime 2000;")
    echo = link.echo()
    address = f"address {router.node}"
    echo.wait_line(router.node)
    router.advertise(prefix="AdvPreferredLifetime 0; AdvValidLifetime 2000;")
    echo.wait_line(f"{address} is deprecated", 10)
    check_ping(router, router.node)
    router.advertise(prefix="AdvPreferredLifetime 1000; AdvValidLifetime 2000;")
    before = len(echo.has(f"{address} can be used"))
    wait_for(lambda: len(echo.has(f"{address} can be used")) > before, 10, "the address is preferred again")


@suite.test
def everything_expires_when_radvd_dies():
    link = Link()
    router = Router(link)
    router.advertise("AdvDefaultLifetime 6;", "AdvPreferredLifetime 5; AdvValidLifetime 7;",
                     "RDNSS 2001:db8::53 { AdvRDNSSLifetime 5; };")
    echo = link.echo()
    echo.wait_line(router.node)
    echo.wait_line("DNS server 2001:db8::53 is advertised")
    router.radvd.stop(9)
    for line in ("DNS server 2001:db8::53 is gone", f"address {router.node} is deprecated",
                 "router fe80::1 is gone", f"address {router.node} is gone"):
        echo.wait_line(line, 10)


@suite.test
def node_keeps_to_the_mtu_that_radvd_advertises():
    link = Link()
    router = Router(link)
    router.advertise("AdvLinkMTU 1400;")
    echo = link.echo()
    echo.wait_line(router.node)
    for size in (1352, 1353, 2800):
        check_ping(router, router.node, "-s", str(size))
    echo.stop()
    longest = max(len(frame) for frame in sent_frames(echo))
    check(longest == 14 + 1400, f"the longest frame has {longest} bytes")


@suite.test
def preferred_router_is_used_until_it_withdraws():
    """Each router answers with the error "No route", from its own address. Both advertise the prefix of the source: a
    router that does not is not used for it (RFC 8028, 3.2)."""
    link = Link()
    low, high = Router(link, 1), Router(link, 2)
    low.advertise("AdvDefaultPreference low;")
    high.advertise("AdvDefaultPreference high;")
    ping = Program("ping", link, "--interval", "0.3", "2001:db8:dead::1")
    ping.wait_line("router fe80::1 is a default router of low preference")
    ping.wait_line("router fe80::2 is a default router of high preference")
    errors = lambda router: len(ping.has(f"From {router.address} ")) + len(ping.has(f"From {router.link_local} "))
    wait_for(lambda: errors(high) > 3, 10, "errors of the preferred router")
    check(ping.has("Destination unreachable: No route"), f"{ping.lines}")
    before = errors(low)
    time.sleep(1)
    check(errors(low) == before, f"the router of low preference is used: {ping.lines}")
    high.radvd.stop()  # advertises a lifetime of 0
    ping.wait_line("router fe80::2 is gone")
    wait_for(lambda: errors(low) > before + 3, 10, "errors of the other router")


@suite.test
def another_router_is_used_when_the_preferred_one_falls_silent():
    """Neighbor Unreachability Detection: REACHABLE for at most 1.5 s, DELAY 5 s, PROBE 3 s."""
    link = Link()
    low, high = Router(link, 1), Router(link, 2)
    low.advertise("AdvReachableTime 1000;")
    high.advertise("AdvDefaultPreference high; AdvReachableTime 1000;")
    ping = Program("ping", link, "--interval", "0.3", "2001:db8:dead::1")
    errors = lambda router: len(ping.has(f"From {router.address} ")) + len(ping.has(f"From {router.link_local} "))
    ping.wait_line("router fe80::2 is a default router of high preference")
    wait_for(lambda: errors(high) > 3, 10, "errors of the preferred router")
    before = errors(low)
    high.must("ip", "link", "set", "eth0", "down")
    wait_for(lambda: errors(low) > before + 3, 20, "errors of the other router")


@suite.test
def formed_address_of_another_host_is_not_used():
    link = Link()
    router = Router(link)
    router.must("ip", "address", "add", f"{router.node}/64", "dev", "eth0", "nodad")
    router.advertise()
    echo = link.echo()
    echo.wait_line(f"address {router.node} is in use by another node")


@suite.test
def addresses_from_a_secret_are_stable_and_hide_the_mac():
    link = Link()
    router = Router(link)
    router.advertise()
    addresses = []
    for secret in ("00112233445566778899aabbccddeeff", "00112233445566778899AABBCCDDEEFF", "f" * 32):
        echo = link.echo("--secret", secret)
        wait_for(lambda: len(addresses_of(echo)) == 2, 5, "the address")
        addresses.append(addresses_of(echo))
        check(echo.stop() == 0, echo.errors)
    check(addresses[0] == addresses[1], f"the same secret formed another address: {addresses}")
    check(not addresses[0] & addresses[2], f"another secret formed the same address: {addresses}")
    check(all("ff:fe" not in address for pair in addresses for address in pair), f"{addresses}")


@suite.test
def another_address_is_formed_from_the_secret_after_a_conflict():
    """A duplicate address (RFC 7217, 6)."""
    link = Link()
    router = Router(link)
    router.advertise()
    addresses = []
    for _ in range(2):
        echo = link.echo("--secret", "5ec2e7" * 5 + "00")
        wait_for(lambda: len(addresses_of(echo)) == 2, 10, "the address")
        addresses.append(next(address for address in addresses_of(echo) if not address.startswith("fe80:")))
        check_ping(router, addresses[-1])
        echo.stop()
        router.must("ip", "address", "replace", f"{addresses[0]}/64", "dev", "eth0", "nodad")
    check(addresses[0] != addresses[1], f"{addresses}")


@suite.test
def temporary_address_is_the_source_of_the_node():
    link = Link()
    router = Router(link)
    router.add_host_beyond()
    router.advertise()
    ping = Program("ping", link, "--temporary", "--interval", "0.2", FAR)
    temporary = lambda: next(iter(addresses_of(ping) - {LINK_LOCAL, router.node}), None)
    address = wait_for(temporary, 10, "the temporary address")
    ping.wait_line("bytes from", 10)
    check_ping(router, address)
    before = len(ping.has("bytes from"))
    wait_for(lambda: len(ping.has("bytes from")) > before + 3, 5, "replies")
    ping.stop()
    sources = [frame[22:38] for frame in sent_frames(ping) if frame[54] == 128]
    check(sources[-1] == socket.inet_pton(socket.AF_INET6, address), f"the last request is from {sources[-1].hex()}")


# -- ndisc6 ------------------------------------------------------------------------------------------------------------


@suite.test
def ndisc6_resolves_the_node_and_rdisc6_receives_routers_alone():
    link = Link()
    router = Router(link)
    router.advertise()
    echo = link.echo()
    echo.wait_line(router.node)
    for address in (LINK_LOCAL, router.node):
        done = router.run("ndisc6", "-1", "-q", address, "eth0")
        check(done.stdout.strip().lower() == MAC, f"{address}: {done}")
    done = router.run("rdisc6", "-m", "-w", "1500", "eth0")
    check(done.stdout.count(" from ") == done.stdout.count(f" from {router.link_local}") > 0, f"{done.stdout}")


# -- DHCPv6 servers: Kea and dnsmasq -----------------------------------------------------------------------------------


def start_kea(router):
    """Start Kea, with leases of 9 s that are renewed after 3 s."""
    dns = [{"name": "dns-servers", "data": "2001:db8:1::53"}, {"name": "domain-search", "data": "kea.example"}]
    subnet = {"id": 1, "interface": "eth0", "subnet": router.prefix, "pools": [{"pool": f"{POOL}100 - {POOL}1ff"}],
              "pd-pools": [{"prefix": "2001:db8:8000::", "prefix-len": 48, "delegated-len": 56}]}
    log = {"name": "kea-dhcp6", "output_options": [{"output": "stdout", "flush": True}], "severity": "INFO"}
    config = {"interfaces-config": {"interfaces": ["eth0"]}, "lease-database": {"type": "memfile", "persist": False},
              "renew-timer": 3, "rebind-timer": 6, "preferred-lifetime": 8, "valid-lifetime": 9, "option-data": dns,
              "subnet6": [subnet], "loggers": [log],
              "server-id": {"type": "EN", "enterprise-id": 1, "identifier": "01", "persist": False}}
    with open(router.path("kea.conf"), "w", encoding="ascii") as file:
        json.dump({"Dhcp6": config}, file)
    if not shutil.which("kea-dhcp6"):
        raise Skip("kea-dhcp6 is not installed")
    # Copy it: the AppArmor profile of the packaged program allows only the files of the system's server.
    program = shutil.copy(shutil.which("kea-dhcp6"), router.directory)
    kea = router.start(program, "-c", router.path("kea.conf"), KEA_PIDFILE_DIR=router.directory,
                       KEA_LOCKFILE_DIR="none")
    kea.wait_line("DHCP6_STARTED", 10)
    return kea


def start_dnsmasq(router, *options):
    """Start dnsmasq, which also sends Router Advertisements."""
    dnsmasq = router.start("dnsmasq", "--keep-in-foreground", "--log-facility=-", "--log-dhcp", "--conf-file=/dev/null",
                           "--user=root", "--port=0", "--interface=eth0", "--enable-ra", "--pid-file",
                           f"--dhcp-leasefile={router.path('leases')}",
                           "--dhcp-option=option6:dns-server,[2001:db8:1::53]",
                           "--dhcp-option=option6:domain-search,dnsmasq.example", *options)
    dnsmasq.wait_line("DHCPv6")
    return dnsmasq


def check_lease(router, echo):
    """Wait for a leased address, and return it."""
    echo.wait_line(f"leased address {POOL}", 10)
    address = echo.has("leased address")[0].split()[2]
    check_ping(router, address)
    return address


@suite.test
def kea_leases_renews_and_releases_an_address():
    link = Link()
    router = Router(link)
    kea = start_kea(router)
    router.advertise("AdvManagedFlag on;", "AdvAutonomous off;")
    echo = link.echo("--dhcp")
    address = check_lease(router, echo)
    echo.wait_line("DNS server 2001:db8:1::53 is from DHCPv6")
    echo.wait_line("search domain kea.example is from DHCPv6")
    wait_for(lambda: len(kea.has("DHCP6_LEASE_RENEW")) >= 3, 15, "three renewals at the server")
    check_ping(router, address)
    check(not echo.has("is deprecated") and not echo.has(f"{address} is gone"), f"{echo.lines}")
    check(echo.stop() == 0, echo.errors)
    kea.wait_line("DHCP6_RELEASE_NA")
    check(router.run("ping", "-6", "-n", "-c", "1", "-W", "1", address).returncode != 0, "the node still answers")


@suite.test
def lease_ends_when_kea_dies():
    link = Link()
    router = Router(link)
    kea = start_kea(router)
    router.advertise("AdvManagedFlag on;", "AdvAutonomous off;")
    echo = link.echo("--dhcp")
    address = check_lease(router, echo)
    kea.stop(9)
    echo.wait_line(f"leased address {address} is deprecated", 12)
    echo.wait_line(f"leased address {address} is gone", 12)
    check_ping(router, f"{LINK_LOCAL}%eth0")


@suite.test
def kea_gives_configuration_without_addresses():
    link = Link()
    router = Router(link)
    start_kea(router)
    router.advertise("AdvOtherConfigFlag on;")
    echo = link.echo("--dhcp")
    echo.wait_line("DNS server 2001:db8:1::53 is from DHCPv6", 10)
    echo.wait_line("search domain kea.example is from DHCPv6")
    echo.wait_line(router.node)
    check(not echo.has("leased address"), f"{echo.lines}")


def check_prefix(echo):
    """Wait for a delegated prefix, and return it."""
    echo.wait_line("delegated prefix 2001:db8:8000:", 10)
    line = echo.has("delegated prefix")[0]
    check(line.endswith("::/56 is from DHCPv6"), line)
    return line.split()[2]


@suite.test
def kea_delegates_renews_and_releases_a_prefix():
    link = Link()
    router = Router(link)
    kea = start_kea(router)
    router.advertise("AdvManagedFlag on;", "AdvAutonomous off;")
    echo = link.echo("--dhcp-prefix", "56")
    check_lease(router, echo)
    prefix = check_prefix(echo)
    wait_for(lambda: len(kea.has("DHCP6_PD_LEASE_RENEW")) >= 3, 15, "three renewals at the server")
    check(not echo.has("is deprecated") and not echo.has(f"{prefix} is gone"), f"{echo.lines}")
    check(echo.stop() == 0, echo.errors)
    kea.wait_line("DHCP6_RELEASE_PD")
    kea.wait_line("DHCP6_RELEASE_NA")


@suite.test
def prefix_ends_when_kea_dies():
    link = Link()
    router = Router(link)
    kea = start_kea(router)
    router.advertise("AdvManagedFlag on;", "AdvAutonomous off;")
    echo = link.echo("--dhcp-prefix", "0")
    prefix = check_prefix(echo)
    kea.stop(9)
    echo.wait_line(f"delegated prefix {prefix} is deprecated", 12)
    echo.wait_line(f"delegated prefix {prefix} is gone", 12)


@suite.test
def kea_delegates_a_prefix_without_addresses():
    link = Link()
    router = Router(link)
    start_kea(router)
    router.advertise("AdvOtherConfigFlag on;")
    echo = link.echo("--dhcp-prefix", "60")
    check_prefix(echo)
    echo.wait_line("DNS server 2001:db8:1::53 is from DHCPv6")
    check(not echo.has("leased address"), f"{echo.lines}")


@suite.test
def kea_leases_an_address_without_a_router():
    link = Link()
    router = Router(link)
    start_kea(router)
    ping = Program("ping", link, "--dhcp", "--no-slaac", "--gateway", router.link_local, "--count", "2", router.address)
    check(ping.wait() == 0, f"{ping.lines} {ping.errors}")
    check(ping.has(f"leased address {POOL}100 can be used"), f"{ping.lines}")


@suite.test
def leased_address_of_another_host_is_declined():
    link = Link()
    router = Router(link)
    kea = start_kea(router)
    router.must("ip", "address", "add", f"{POOL}100/64", "dev", "eth0", "nodad")
    router.advertise("AdvManagedFlag on;", "AdvAutonomous off;")
    echo = link.echo("--dhcp")
    kea.wait_line("DHCP6_DECLINE_LEASE", 10)
    check_lease(router, echo)
    check(not echo.has(f"leased address {POOL}100 can be used"), f"{echo.lines}")


@suite.test
def dnsmasq_leases_and_releases_an_address():
    link = Link()
    router = Router(link)
    dnsmasq = start_dnsmasq(router, f"--dhcp-range={POOL}100,{POOL}1ff,64,120s")
    echo = link.echo("--dhcp")
    address = check_lease(router, echo)
    echo.wait_line("DNS server 2001:db8:1::53 is ")
    echo.wait_line("search domain dnsmasq.example is ")
    check(echo.stop() == 0, echo.errors)
    dnsmasq.wait_line("DHCPRELEASE")
    check(router.run("ping", "-6", "-n", "-c", "1", "-W", "1", address).returncode != 0, "the node still answers")


@suite.test
def dnsmasq_configures_without_leases():
    link = Link()
    router = Router(link)
    dnsmasq = start_dnsmasq(router, "--dhcp-range=2001:db8:1::,ra-stateless,64,120s")
    echo = link.echo("--dhcp")
    dnsmasq.wait_line("DHCPINFORMATION-REQUEST", 10)
    echo.wait_line(router.node)
    check_ping(router, router.node)
    check(not echo.has("leased address"), f"{echo.lines}")


# -- A path with a smaller MTU behind a router -------------------------------------------------------------------------

# It must receive what it sends. The first replies are lost to Packet Too Big.
ECHO_CLIENT = """
import socket, sys
address, size = sys.argv[1], int(sys.argv[2])
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
    peer.settimeout(1)
    peer.connect((address, %d))
    for tries in range(5):
        peer.send(bytes(i %% 251 for i in range(size)))
        try:
            sys.exit(0 if peer.recv(65536) == bytes(i %% 251 for i in range(size)) else "the datagram was changed")
        except TimeoutError:
            continue
sys.exit("no reply")
""" % ECHO_PORT


def link_with_far_mtu(mtu):
    link = Link()
    router = Router(link)
    far = router.add_host_beyond(mtu)
    router.advertise()
    return link, router, far


def check_path_mtu(mtu):
    link, router, far = link_with_far_mtu(mtu)
    echo = link.echo()
    echo.wait_line(router.node)
    for size in (1452, 3000):
        done = far.run("ping", "-6", "-n", "-c", "3", "-i", "0.2", "-W", "1", "-s", str(size), router.node)
        check(" 0 received" not in done.stdout, done.stdout)
        far.must(sys.executable, "-c", ECHO_CLIENT, router.node, str(size))
    check_ping(far, router.node, "-s", "3000")  # nothing is lost any more
    echo.stop()
    frames = sent_frames(echo)
    fragments = [frame for frame in frames if frame[20] == 44]
    too_long = [frame for frame in frames if len(frame) > 14 + mtu]
    check(max(len(frame) for frame in fragments[-3:]) <= 14 + mtu, "the last fragments do not fit into the path")
    check(1 <= len(too_long) <= 3, f"{len(too_long)} frames did not fit into the path, not 1 to 3")


@suite.test
def path_mtu_of_1280_is_learned():
    check_path_mtu(1280)


@suite.test
def path_mtu_of_1400_is_learned():
    check_path_mtu(1400)


@suite.test
def ping_prints_packet_too_big_and_continues_in_fragments():
    link, _, _ = link_with_far_mtu(1300)
    ping = Program("ping", link, "--size", "1400", "--interval", "0.2", FAR)
    ping.wait_line("Packet too big", 15)
    ping.wait_line("1408 bytes from")
    errors = len(ping.has("Packet too big"))
    wait_for(lambda: len(ping.has("1408 bytes from")) > 5, 5, "more replies")
    check(errors == len(ping.has("Packet too big")) == 1, f"{ping.lines}")


# -- Recorded frames ---------------------------------------------------------------------------------------------------


@suite.test_alone
def all_frames_are_well_formed():
    check_recorded(200)


if __name__ == "__main__":
    sys.exit(suite.main())
