#!/usr/bin/env python3
"""Test the layer for programs of DPDK, and its policer.

    dpdk.py DIRECTORY [TEXT...]    the directory of the examples

The policer is compiled with DPDK, too (libdpdk-dev), from the same file. On the same frames, both must send the same.
Runs and reports as described in peer.py.
"""

import os
import random
import shutil
import struct
import sys

import frames
from peer import Process, Program, Skip, Suite, Tap, check, must, run, set_kernel
from stations import BURST, Station, check_burst_passes, wait_for_link

suite = Suite("dpdk", __doc__)
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAYER = os.path.join(TOP, "examples", "dpdk")
FRAMES = 50000  # from each side
PREFIXES = 8, 2000, 1 << 32  # sources: few that send a lot, many, and a flood of ever new ones
LENGTHS = 0, 6, 500, 1400, 1442, 1446, 1450, 1454, 1460, 1468  # of payloads: tags make some of them too long
VLAN_TAGS = 0x8100, 0x88A8
OTHERS = frames.TYPE_IPV4, frames.TYPE_ARP, 0x88CC
LLCS = bytes.fromhex("aaaa0300000086dd"), bytes.fromhex("424203")  # SNAP with IPv6 in it, and spanning tree
HEADER, RECORD = "<IHHIIII", "<IIII"  # of a capture file, and of a frame in it
ETHERNET, SNAPLEN, MICROSECONDS = 1, 65535, 0xA1B2C3D4
LIMITS = "--rate", "100000", "--burst", "3000", "--key", "12345", "--tick", "7", "--idle", "1000"
IGNORED = "--no-huge", "--no-pci", "--no-shconf", "--no-telemetry", "-l", "0", "-m", "128"


def program():
    return os.path.join(Program.directory, "dpdk_policer")


# -- The same frames ---------------------------------------------------------------------------------------------------


def make_frame(chance):
    """Return a frame: IPv6 with tags; cut off; of another protocol; with SNAP; or too long."""
    kind = chance.random()
    addresses = bytes.fromhex("020000000001 020000000002")
    source = struct.pack("!HHI", 0x2001, chance.randrange(2), chance.randrange(chance.choice(PREFIXES)))
    ipv6 = struct.pack("!IHBB", 6 << 28, 0, 59, 64) + source + chance.randbytes(24)
    tagged = addresses + b"".join(struct.pack("!HH", chance.choice(VLAN_TAGS), chance.randrange(4096))
                                  for _ in range(chance.choice((0, 0, 0, 0, 1, 2, 3)))) + b"\x86\xdd" + ipv6
    if kind < 0.7:
        return tagged + bytes(chance.choice((*LENGTHS, chance.randrange(1500))))
    if kind < 0.8:
        return tagged[:chance.randrange(14, len(tagged))]
    if kind < 0.88:
        return addresses + struct.pack("!H", chance.choice(OTHERS)) + chance.randbytes(46)
    if kind < 0.93:
        return addresses + struct.pack("!H", 50) + chance.choice(LLCS) + ipv6
    return addresses + b"\x86\xdd" + ipv6 + bytes(chance.randrange(1460, 9000))


def write_capture(path, its_frames):
    with open(path, "wb") as file:
        file.write(struct.pack(HEADER, MICROSECONDS, 2, 4, 0, 0, SNAPLEN, ETHERNET))
        for frame in its_frames:
            file.write(struct.pack(RECORD, 0, 0, len(frame), len(frame)) + frame)


def read_capture(path):
    with open(path, "rb") as file:
        data = file.read()
    offset, found = struct.calcsize(HEADER), []
    while offset < len(data):
        length = struct.unpack_from(RECORD, data, offset)[2]
        offset += struct.calcsize(RECORD)
        found.append(data[offset:offset + length])
        offset += length
    return found


def path_of(name, side):
    return os.path.join(Program.recordings, f"{name}{side}.pcap")


def devices(name):
    """Return the options for two ports on capture files, which DPDK and the layer have in common."""
    return [f"--vdev=net_pcap{side},rx_pcap={path_of('frames', side)},tx_pcap={path_of(name, side)}"
            for side in range(2)]


def check_run(*command):
    done = run(*command)
    check(done.returncode == 0, f"{command[0]}: {done.returncode} {done.stdout[-1000:]} {done.stderr[-1000:]}")
    return done


def compile_policer(name, *arguments):
    path = os.path.join(Program.recordings, name)
    check_run("cc", "-O2", "-o", path, os.path.join(LAYER, "policer.c"), *arguments)
    return path


def compile_with_dpdk():
    flags = run("pkg-config", "--cflags", "--libs", "libdpdk") if shutil.which("pkg-config") else None
    if flags is None or flags.returncode != 0:
        raise Skip("DPDK is missing: apt-get install dpdk dpdk-dev libdpdk-dev pkg-config")
    return compile_policer("with-dpdk", *flags.stdout.split())


def compile_on_rings():
    """The policer and the layer, on rings of cards in memory."""
    if not os.path.exists("/usr/include/valgrind/callgrind.h"):
        raise Skip("callgrind.h is missing: apt-get install valgrind")
    sources = ("examples/dpdk/layer", "examples/dpdk/capture", "drivers/ring/ring", "drivers/ring/watch",
               "tests/bench/dpdk", "tests/bench/ring_frames", "tests/unit/driver/fixture_ring_device",
               "tests/unit/driver/fixture_device_memory")
    return compile_policer("on-rings", "-std=c11", "-D_DEFAULT_SOURCE", f"-I{TOP}/include", f"-I{LAYER}",
                           *(os.path.join(TOP, f"{source}.c") for source in sources))


def check_same(name, reference):
    for side in range(2):
        expected, found = read_capture(path_of(reference, side)), read_capture(path_of(name, side))
        check(FRAMES / 4 < len(expected) < FRAMES * 3 / 4, f"{len(expected)} of {FRAMES} frames passed")
        check(len(expected) == len(found), f"{name}: {len(found)} frames were sent, not {len(expected)}")
        different = [number for number, pair in enumerate(zip(expected, found)) if pair[0] != pair[1]]
        check(not different, f"{name}: frame {different[:1]} is another one")


@suite.test_alone
def policer_sends_the_same_with_dpdk_on_ports_and_on_rings():
    chance = random.Random(14)
    for side in range(2):
        write_capture(path_of("frames", side), [make_frame(chance) for _ in range(FRAMES)])
    check_run(program(), *IGNORED, *devices("ports"), "--", *LIMITS)
    on_rings = compile_on_rings()
    for ring in ("legacy", "advanced"):
        files = [path_of(name, side) for side in range(2) for name in ("frames", ring)]
        check_run(on_rings, ring, *files, "--", *LIMITS)
        check_same(ring, "ports")
    check_run(compile_with_dpdk(), *IGNORED, *devices("dpdk"), "--", *LIMITS)
    check_same("ports", "dpdk")


# -- What does not fit -------------------------------------------------------------------------------------------------

# Each is refused with this message, and accepted by DPDK.
REFUSED = (
    ("a buffer belongs to its descriptor", "return rte_pktmbuf_alloc(pool) != NULL;"),
    ("a buffer belongs to its descriptor", "return rte_pktmbuf_alloc_bulk(pool, &m, 1);"),
    ("a buffer belongs to its descriptor", "return rte_pktmbuf_copy(m, pool, 0, 60) != NULL;"),
    ("buffers belong to descriptors", "return rte_mempool_get(pool, (void **)&m);"),
    ("a frame has one owner", "return rte_pktmbuf_clone(m, pool) != NULL;"),
    ("a frame has one owner", "rte_pktmbuf_refcnt_update(m, 1); return 0;"),
    ("a frame has one owner", "return rte_mbuf_refcnt_read(m);"),
    ("a frame is one segment", "return rte_pktmbuf_chain(m, m);"),
    ("a frame is one segment", "return rte_pktmbuf_linearize(m);"),
    ("a frame starts where its buffer starts", "return rte_pktmbuf_prepend(m, 4) != NULL;"),
    ("a frame starts where its buffer starts", "return rte_pktmbuf_adj(m, 4) != NULL;"),
    ("no frame may be kept", "return rte_eth_tx_buffer(0, 0, NULL, m);"),
    ("no offloads", "return rte_eth_tx_prepare(0, 0, &m, 1);"),
    ("a seed gives other numbers", "rte_srand(1); return 0;"),
    ("no member named .next", "return m->next != NULL;"),
    ("no member named .nb_segs", "m->nb_segs = 2; return 0;"),
    ("no member named .data_off", "m->data_off += 4; return 0;"),
    ("no member named .ol_flags", "m->ol_flags = 1; return 0;"),
    ("no member named .rx_adv_conf", "struct rte_eth_conf c = {.rx_adv_conf = {.rss_conf = {.rss_hf = 1}}}; "
                                     "return rte_eth_dev_configure(0, 1, 1, &c);"),
    ("RTE_ETH_MQ_RX_RSS", "struct rte_eth_conf c = {.rxmode = {.mq_mode = RTE_ETH_MQ_RX_RSS}}; "
                          "return rte_eth_dev_configure(0, 1, 1, &c);"),
    ("storage size", "struct rte_eth_rxconf c; (void)c; return 0;"),
    ("rte_flow.h", "\n#include <rte_flow.h>\nreturn 0;"),
)
FITS = "return rte_eth_rx_burst(0, 0, &m, 1) + rte_eth_tx_burst(0, 0, &m, 1) + rte_pktmbuf_tailroom(m);"


def compile_text(text, *flags):
    """Return what the compiler reports about these lines of a function, "" if it accepts them."""
    program_text = ("#include <rte_ethdev.h>\n#include <rte_mbuf.h>\n#include <rte_random.h>\n"
                    f"int use(struct rte_mbuf *m, struct rte_mempool *pool)\n{{\n(void)pool;\n{text}\n}}\n")
    source = os.path.join(Program.recordings, "refused.c")
    with open(source, "w", encoding="ascii") as file:
        file.write(program_text)
    done = run("cc", "-O2", "-c", "-o", "/dev/null", *flags, source)
    return "" if done.returncode == 0 else done.stderr


@suite.test
def what_does_not_fit_is_refused_when_it_is_compiled():
    layer = f"-I{LAYER}"
    check(compile_text(FITS, layer) == "", "a program that fits is refused")
    for message, text in REFUSED:
        problem = compile_text(text, layer)
        words = message.split(".")
        check(all(word in problem for word in words), f"{text} is not refused by \"{message}\": {problem}")


@suite.test_alone
def what_is_refused_are_calls_of_dpdk():
    flags = run("pkg-config", "--cflags", "libdpdk")
    if flags.returncode != 0:
        raise Skip("DPDK is missing: apt-get install dpdk dpdk-dev libdpdk-dev pkg-config")
    texts = "".join(f"{{ struct rte_mbuf *m = its; {text} }}\n" for _, text in REFUSED if "#include" not in text)
    names = texts.replace("return ", "sum += ")
    problem = compile_text(f"int sum = 0; struct rte_mbuf *its = m; {names} return sum;", *flags.stdout.split())
    check(problem == "", problem)


@suite.test
def wrong_options_are_refused():
    none = "--vdev=net_pcap0"
    for word, *options in (
            ("does not know this option", "--unknown"),
            ("is no device of the layer", "--vdev=net_ring0"),
            ("does not know", "--vdev=net_pcap0,iface=eth0"),
            ("does not know", "--vdev=net_tap0,iface="),
            ("name of an interface", "--vdev=net_tap0"),
            ("is not the address of a PCI device", "-a", "00:99"),
            ("is not the address of a PCI device", "-a"),
            ("is one port too many", *[none] * 9),
            ("is too long", "--vdev=net_tap0,iface=" + "x" * 600),
            ("No such file", "--vdev=net_pcap0,rx_pcap=/nonexistent"),
            ("15 characters", "--vdev=net_tap0,iface=" + "x" * 16),
            ("no PCI device at this address", "--allow=0000:99:1f.7"),
            ("needs two ports", none),
            ("needs two ports", none, none, none),
            ("a number follows", none, none, "--", "--rate", "1x"),
            ("a number follows", none, none, "--", "--rate", "4294967296"),
            ("a number follows", none, none, "--", "--wrong")):
        done = run(program(), *options)
        check(done.returncode == 1, f"{options}: status {done.returncode}")
        check(word in done.stderr, f"{options}: {done.stderr}")


@suite.test
def output_that_cannot_be_written_is_reported():
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    path = os.path.join(Program.recordings, "few.pcap")
    write_capture(path, [bytes(12) + b"\x08\x00" + bytes(100)] * 100)
    done = run(program(), f"--vdev=net_pcap0,rx_pcap={path}", "--vdev=net_pcap1,tx_pcap=/dev/full", "--", "--idle", "9")
    check(done.returncode == 1 and "was not written" in done.stderr, f"{done.returncode} {done.stderr}")


# -- Interfaces --------------------------------------------------------------------------------------------------------


def start_between_taps():
    taps = [Tap(), Tap()]
    for tap in taps:
        set_kernel(f"conf/{tap.name}/disable_ipv6", 1)
    started = Process(program(), *IGNORED, *(f"--vdev=net_tap{number},iface={tap.name}"
                                             for number, tap in enumerate(taps)))
    return started, taps


class Far:
    """The far end of a veth pair, whose near end is named "near" with the number."""

    def __init__(self, number):
        self.name = f"far{number}"
        must("ip", "link", "add", "name", f"near{number}", "type", "veth", "peer", "name", self.name)
        for name in (self.name, f"near{number}"):
            set_kernel(f"conf/{name}/disable_ipv6", 1)
            must("ip", "link", "set", name, "up")


def check_joins(started, interfaces):
    left, right = (Station(interface) for interface in interfaces)
    wait_for_link(left, right, 2, 1)
    for first in range(1, 201, BURST):
        check_burst_passes(left, right, 2, 1, first)
        check_burst_passes(right, left, 1, 2, first)
    check(started.stop() == 0, f"{started.lines} {started.errors}")
    check(len(started.has(" passed, ")) == 2, f"{started.lines}")


@suite.test
def policer_joins_two_interfaces():
    check_joins(*start_between_taps())


@suite.test
def policer_joins_two_interfaces_by_af_xdp():
    if os.geteuid() != 0 or "4294967295" not in open("/proc/self/uid_map", encoding="ascii").read():
        raise Skip("AF_XDP needs the rights of root outside of user namespaces: sudo")
    far = [Far(number) for number in range(2)]
    check_joins(Process(program(), *(f"--vdev=net_af_xdp{number},iface=near{number}" for number in range(2))), far)


@suite.test
def policer_ends_if_an_interface_is_deleted():
    started, taps = start_between_taps()
    wait_for_link(*(Station(tap) for tap in taps), 2, 1)
    must("ip", "link", "delete", taps[1].name)
    check(started.wait() == 1, f"{started.lines}")
    check("a port is gone" in started.errors, started.errors)


if __name__ == "__main__":
    sys.exit(suite.main())
