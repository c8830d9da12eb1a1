#!/usr/bin/env python3
"""The images of the examples for boards without operating system, on the network cards that QEMU emulates, with the Linux kernel
as the node at the other end.

    qemu.py DIRECTORY     the folder with a folder for each board: what the presets x86_64, aarch64 and riscv64 build

See peer.py for where this runs, and what it prints; after that comes a table of boards and cards.
"""

import collections
import contextlib
import functools
import itertools
import json
import os
import random
import re
import shutil
import socket
import struct
import sys
import threading
import time

import frames
from peer import ECHO_PORT, MTU, PING_MOST, Namespace, Process, Program, Skip, Suite, Tap, check, must, run, wait_for

MEMORY = "128"  # MiB
BOOT = 90  # seconds that a start may take, on a machine that does other things, too

# Each machine keeps a core busy.
suite = Suite("qemu", __doc__, os.cpu_count())


class Board:
    """A machine of QEMU, with the start-up code and the preset of that name."""

    def __init__(self, name, machine, plain_cpu, package, status_of):
        self.name, self.package = name, package
        self.qemu = f"qemu-system-{name}"
        self.machine = machine.split()
        self.plain_cpu = plain_cpu  # one without a source of entropy
        self.status_of = status_of  # that of the program, from that of QEMU

    def __str__(self):
        return self.name

    @functools.lru_cache
    def devices(self):
        """What QEMU says that it has."""
        try:
            return run(self.qemu, "-device", "help").stdout
        except FileNotFoundError:
            raise Skip(f"there is no {self.qemu}: {self.install()}") from None

    def install(self):
        return f"apt-get install -t bookworm-backports {self.package}"

    def image(self, name):
        path = os.path.join(Program.directory, self.name, "tests" if name == "selftest.elf" else "examples", name)
        if not os.path.exists(path):
            raise Skip(f"there is no {path}: cmake --preset {self} && cmake --build --preset {self}")
        return path


PC = Board("x86_64", "-M q35,accel=tcg -device isa-debug-exit,iobase=0xf4,iosize=4", "qemu64", "qemu-system-x86",
           lambda status: (status - 1) / 2)
AARCH64 = Board("aarch64", "-M virt,accel=tcg -semihosting-config enable=on,target=native", "cortex-a72", "qemu-system-arm",
                lambda status: status)
RISCV64 = Board("riscv64", "-M virt,accel=tcg -bios none", "rv64", "qemu-system-misc", lambda status: status)
BOARDS = (PC, AARCH64, RISCV64)


class Card:
    """A card of that model in that board: QEMU's device, and what a program takes to run on it. Properties of the device may
    follow its name."""

    def __init__(self, board, model, device, *options):
        self.board, self.model, self.options = board, model, options
        self.device, *self.properties = device.split(",")
        self.is_virtual = "--virtual" in options
        self.is_whole = not self.is_virtual and not model.startswith("virtio")  # network functions run on its rings

    def __str__(self):
        return f"{self.board}_{self.model}"


# Each is tried in each board.
MODELS = (
    ("igb", "igb"),
    ("e1000e", "e1000e"),
    ("igb_virtual", "igb", "--virtual"),  # a virtual function of an igb, which the program makes for itself
    ("virtio", "virtio-net-pci,disable-legacy=on"),
)
CARDS = {str(card): card for card in (
    *(Card(board, *model) for board in BOARDS for model in MODELS),
    Card(PC, "virtio_in_order", "virtio-net-pci,in_order=on,event_idx=off,rx_queue_size=1024,host_mtu=1500"),
    # Not on PCI: the last place that the board has for them is the first to be taken.
    Card(AARCH64, "virtio_mmio", "virtio-net-device", "--virtio", "0a003e00"),
    Card(RISCV64, "virtio_mmio", "virtio-net-device,in_order=on", "--virtio", "10008000"),
)}


class Machine(Process):
    """A board that has booted an image, with these options of QEMU and of the program."""

    def __init__(self, board, image, hardware, *options, cpu="max"):
        board.devices()
        self.board = board
        super().__init__(board.qemu, *board.machine, "-cpu", cpu, "-m", MEMORY, "-display", "none", "-no-reboot", "-nodefaults",
                         "-serial", "stdio", *hardware, "-kernel", board.image(image), "-append", " ".join(options))

    def end(self):
        """Waits for the end; returns the status of the program."""
        return self.board.status_of(self.wait(BOOT))


# A bus behind two bridges, one of which leads to another device, too.
BRIDGES = ("-device", "pcie-root-port,id=near,chassis=1", "-device", "x3130-upstream,id=switch,bus=near",
           "-device", "xio3130-downstream,id=other,bus=switch,chassis=2", "-device", "e1000,bus=other",
           "-device", "xio3130-downstream,id=far,bus=switch,chassis=3")


class Networked(Machine):
    """One that has a card on each TAP interface; `far`, behind bridges."""

    def __init__(self, image, card, taps, *options, far=False):
        if f'name "{card.device}"' not in card.board.devices():
            raise Skip(f"this {card.board.qemu} has no {card.device}: {card.board.install()}")
        self.monitor_path = os.path.join(Program.recordings, f"monitor-{taps[0].name}")
        hardware = ["-global", "virtio-mmio.force-legacy=false", "-qmp", f"unix:{self.monitor_path},server=on,wait=off",
                    *(BRIDGES if far else ())]
        for number, tap in enumerate(taps):
            # igb has its virtual functions 16 slots on: two of it need room between them.
            place = ["bus=far"] if far else [f"addr={4 * (number + 1)}"] if "--virtio" not in card.options else []
            properties = ",".join([f"netdev=net-{tap.name}", f"id=card-{tap.name}", f"mac={tap.mac}", *place, *card.properties])
            hardware += ["-netdev", f"tap,id=net-{tap.name},ifname={tap.name},script=no,downscript=no",
                         "-device", f"{card.device},{properties}"]
        self.first_net = f"net-{taps[0].name}"
        super().__init__(card.board, image, hardware, *card.options, *options)

    def blocks(self):
        """The counters as they were printed, each time: (who counted, what) and how often, 0 if it was not printed.
        The last may not be whole."""
        blocks = []
        for line in list(self.lines):
            if line == "the node counted:":
                blocks.append(collections.Counter())
            if line.endswith(" counted:"):
                who = line.split()[1]
            elif line.startswith("  ") and blocks:
                number, what = line.split(None, 1)
                blocks[-1].setdefault((who, what), int(number))  # "bytes of them" comes twice: those received
        return blocks

    def counters(self):
        """What the machine counted, read after now; it needs --stats."""
        before = len(self.blocks())
        # The next may have been on its way here for a while.
        wait_for(lambda: len(self.blocks()) >= before + 3, BOOT, "counters")
        return self.blocks()[before + 1]

    def set_link(self, up):
        """Takes the cable of the first card out, or puts it in."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(self.monitor_path)
            file = monitor.makefile("rw")
            file.readline()
            for command in ({"execute": "qmp_capabilities"},
                            {"execute": "set_link", "arguments": {"name": self.first_net, "up": up}}):
                file.write(json.dumps(command) + "\n")
                file.flush()
                while "return" not in json.loads(file.readline()):
                    pass


def make_virtual(tap):
    """Has the interface know the addresses of a node on a virtual function: the MAC address is the card's but for a bit."""
    tap.link_local = tap.link_local.replace("fe80::", "fe80::400:")
    tap.mac = f"06{tap.mac[2:]}"


def boot_echo(card, **where):
    tap = Tap()
    machine = Networked("echo.elf", card, [tap], "--address", f"{tap.node}/64", "--stats", "0.3", **where)
    if card.is_virtual:
        make_virtual(tap)
    machine.wait_line("listening on", BOOT)
    return tap, machine


def for_each(things, function):
    """Makes one test of the function for each of them."""
    for thing in things:
        test = functools.partial(function, thing)
        test.__name__ = f"{thing}_{function.__name__}"
        test.thing = thing
        suite.test(test)
    return function


def test_of(thing):
    """Makes a test of the function that is about this."""
    def make(function):
        function.thing = thing
        return suite.test(function)

    return make


def for_each_board(function):
    return for_each(BOARDS, function)


def for_each_card(function):
    """On every board: what shows that the board does what a card needs."""
    return for_each(CARDS.values(), function)


def for_each_whole_card(function):
    return for_each([card for card in CARDS.values() if card.is_whole], function)


def for_each_card_of_pc(function):
    """What does not depend on the board."""
    return for_each([card for card in CARDS.values() if card.board is PC], function)


def for_each_whole_card_of_pc(function):
    return for_each([card for card in CARDS.values() if card.board is PC and card.is_whole], function)


@for_each_board
def does_what_env_promises(board):
    machine = Machine(board, "selftest.elf", ())
    status = machine.end()
    check(status == 0 and len(machine.has("ok: ")) >= 27 and not machine.has("FAILED"), f"{status}: {machine.lines}")
    check(machine.has("note: entropy: the board vouches for it"), f"{machine.lines}")


@for_each_board
def says_that_it_has_no_entropy(board):
    machine = Machine(board, "selftest.elf", (), cpu=board.plain_cpu)
    status = machine.end()
    check(status == 0 and machine.has("note: entropy: the board does not vouch for it"), f"{status}: {machine.lines}")


@for_each_board
def says_that_it_has_no_card(board):
    machine = Machine(board, "echo.elf", ())
    status = machine.end()
    check(machine.has("there is no card of this family") and status == 2, f"{status}: {machine.lines}")


@for_each_board
def says_what_an_exception_was(board):
    """The program goes to where there is nothing, and its stack is there, too."""
    machine = Machine(board, "selftest.elf", (), "exception")
    status = machine.end()
    nowhere = "0000002000000000"
    check(machine.has(f", instruction at {nowhere}, address {nowhere}") and status == 3, f"{status}: {machine.lines}")


APART = ("was reassembled", "was sent in fragments", "waited for", "too long to wait")  # drops that are not of frames


def balance(counters):
    """How many frames the card gave and the node did not count, and how many the node sent and the card did not."""
    node = {what: number for (who, what), number in counters.items() if who == "node"}
    drops = sum(number for what, number in node.items()
                if what.startswith("dropped: ") and not what.startswith(tuple(f"dropped: {text}" for text in APART)))
    stay = drops + node.get("frames taken in without an answer", 0)
    kept = node.get("packets to a neighbor whose address resolution was under way", 0)
    received = node["frames received"]
    sent = received - stay - kept + node.get("frames sent of the node's own accord", 0)
    return counters["port", "frames received"] - received, sent - counters["port", "frames sent"]


def check_counters(machine):
    """Has the card and the node agree, once no frame is between them; returns what they counted."""
    for _ in range(10):
        counters = machine.counters()
        if balance(counters) == (0, 0):
            break
    check(balance(counters) == (0, 0), f"the card and the node do not agree by {balance(counters)}: {counters}")
    check(counters["port", "frames that came and were lost"] == 0, f"the card lost frames: {counters}")
    return counters


ICMP6_FILTER = 1
BLOCK_ALL = (1 << 256) - 1  # a bit for each type (RFC 3542, 3.2)
ECHO_REPLY_ONLY = (BLOCK_ALL & ~(1 << frames.ECHO_REPLY)).to_bytes(32, sys.byteorder)


def check_every_size(address):
    """The kernel writes and checks the checksums."""
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as client:
        client.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, ECHO_REPLY_ONLY)
        client.connect((address, 0))
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while client.recv(MTU):  # what came for others before it was connected
                pass
        client.settimeout(3)
        for size in range(PING_MOST + 1):
            rest = struct.pack("!HH", size, 65535 - size) + random.Random(size).randbytes(size)
            client.send(bytes([frames.ECHO_REQUEST, 0, 0, 0]) + rest)
            reply = client.recv(MTU)
            check(reply[:2] == bytes([frames.ECHO_REPLY, 0]) and reply[4:] == rest, f"{size} bytes came back as {reply}")


@for_each_card
def answers_every_size(card):
    tap, _ = boot_echo(card)
    check_every_size(tap.node)
    tap.check_ping(tap.link_local, PING_MOST)


@for_each_card
def answers_100000_requests(card):
    """The node answers each. On a busy machine ping(8) may miss a reply that is there: its socket is full."""
    tap, machine = boot_echo(card)
    output = tap.ping(tap.node, "-q", "-f", "-c", "100000", "-s", "56")
    counted = machine.counters() if card.is_virtual else check_counters(machine)
    check(counted["node", "Echo Replies written"] == 100000, f"{output}\n{counted}")
    check(int(re.search(r" (\d+) received", output)[1]) >= 99990, output)


@for_each_card_of_pc
def drops_go_by_in_their_turn(card):
    """Datagrams for a handler that does not reply (from port 7) are null descriptors among those that leave."""
    tap, _ = boot_echo(card)
    tap.check_ping(tap.node)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as silent:
        silent.bind((tap.kernel, ECHO_PORT))
        for _ in range(200):
            for _ in range(100):
                silent.sendto(b"no answer", (tap.node, ECHO_PORT))
            tap.check_ping(tap.node)


def passed(*ends):
    """Frames that QEMU read from TAP interfaces, and wrote to them: two numbers for each, once there are no more. An
    end is an interface and the command that leads to its namespace."""
    def look():
        numbers = []
        for tap, inside in ends:
            stats = json.loads(must(*inside, "ip", "-j", "-s", "link", "show", "dev", tap.name))[0]["stats64"]
            numbers += stats["tx"]["packets"], stats["rx"]["packets"]
        return numbers

    def at_rest():
        before = look()
        time.sleep(0.3)
        return before if before == look() else None

    return wait_for(at_rest, BOOT, "an end of frames")


class Pinger(threading.Thread):
    """Sends requests as fast as they are answered, and some when none is, until the end of a "with"."""

    def __init__(self, tap):
        super().__init__()
        self.wire, flow = wire_and_flow(tap)
        self.request, self.reply = flow.request_and_reply(3, 3, bytes(56))
        self.stopping = False
        self.requests, self.replies = 0, 0

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        self.join()

    def run(self):
        while not self.stopping:
            for _ in range(16):
                self.wire.send(self.request)
                self.requests += 1
            self.receive(16, 0.05)
        self.receive(self.requests, 1)

    def receive(self, count, seconds):
        while count > 0:
            frame = self.wire.receive(seconds)
            if frame is None:
                return
            if frame == self.reply:
                self.replies += 1
                count -= 1

    def is_answered(self, seconds):
        before = self.replies
        wait_for(lambda: self.replies > before, seconds, "answers to a flood")


TIMES = 4
NOT_OURS = "dropped: for an address or group that is not ours"


@for_each_card_of_pc
def survives_a_link_that_goes_down(card):
    """In the middle of a flood. What is lost is lost on the cable: the card and the node have counted all else."""
    tap, machine = boot_echo(card)
    tap.check_ping(tap.node)
    before = check_counters(machine)
    passed_before = passed((tap, ()))
    with Pinger(tap) as pinger:
        for _ in range(TIMES):
            pinger.is_answered(20)
            time.sleep(0.2)
            machine.set_link(False)
            time.sleep(0.2)
            machine.set_link(True)
        pinger.is_answered(20)
    counted = check_counters(machine)
    counted.subtract(before)
    read, written = (now - then for now, then in zip(passed((tap, ())), passed_before))
    lost_before, lost_after = read - counted["port", "frames received"], counted["port", "frames sent"] - written
    check(lost_before >= 0 and lost_after >= 0, f"{read} and {written} frames on the TAP, but {counted}")
    answered = counted["node", "Echo Replies written"]
    # After the link was down, addresses are tentative for a while, and neighbors are asked for again.
    tentative = counted["node", NOT_OURS]
    waited = sum(number for (_, what), number in counted.items() if what.startswith("dropped: waited for"))
    check(0 < pinger.requests - answered <= lost_before + tentative,
          f"{pinger.requests} requests, {lost_before} lost, {counted}")
    check(0 <= answered - pinger.replies <= lost_after + waited, f"{pinger.replies} replies, {lost_after} lost, {counted}")
    check_every_size(tap.node)
    answered = check_counters(machine)["node", "Echo Replies written"] - answered - before["node", "Echo Replies written"]
    check(answered == PING_MOST + 1, f"{answered} requests of {PING_MOST + 1} sizes")


LAPS = 1000
RING = 256  # V6NF_RING_SIZE
WINDOW = 48  # requests that are not answered yet


def dropped_frames(flow):
    """Frames that a node drops without a word, each with what it counts them as."""
    hello = flow.echo(frames.ECHO_REQUEST, 1, 1, b"hello")
    group = flow.but(to_mac=bytes.fromhex("3333ff7a7b7c"), to_address=frames.address_bytes("ff02::1:ff7a:7b7c"))
    stranger = flow.but(to_address=frames.address_bytes("fd00:ffff::1"))
    from_group = flow.but(address=frames.address_bytes("ff02::1"))
    broadcast = flow.but(to_mac=bytes([0xFF] * 6))
    return [
        (group.frame(group.echo(frames.ECHO_REQUEST, 1, 1)), "for an address or group that is not ours"),
        (stranger.frame(stranger.echo(frames.ECHO_REQUEST, 1, 1)), "for an address or group that is not ours"),
        (flow.frame(hello, ether_type=frames.TYPE_ARP), "not IPv6"),
        (broadcast.frame(bytes(1400), ether_type=frames.TYPE_IPV4), "not IPv6"),
        (flow.frame(hello, version=4), "IP version is not 6"),
        (flow.frame(hello, more=1000), "shorter than its IPv6 header says"),
        (flow.frame(bytes(1460), more=1), "shorter than its IPv6 header says"),
        (from_group.frame(from_group.echo(frames.ECHO_REQUEST, 1, 1)), "impossible IPv6 source address"),
        (flow.frame(flow.echo(frames.ECHO_REQUEST, 1, 1, bytes(100), wrong=1)), "wrong ICMPv6 checksum"),
        (flow.frame(flow.echo(frames.ECHO_REQUEST, 1, 1, bytes(1452), wrong=0x8000)), "wrong ICMPv6 checksum"),
        (flow.frame(hello[:3]), "ICMPv6 message too short"),
        (flow.frame(flow.echo(frames.ECHO_REPLY, 1, 1)), "Echo Reply that nobody waits for"),
        (flow.frame(flow.udp(ECHO_PORT, b"hello", wrong=1), frames.UDP), "wrong UDP checksum"),
        (flow.frame(flow.udp(ECHO_PORT, b"hello", longer=1), frames.UDP), "wrong UDP length"),
        (flow.frame(b"", frames.NO_NEXT_HEADER), "No Next Header"),
        (flow.frame(bytes([frames.ICMPV6, 1]) + bytes(8), frames.DESTINATION_OPTIONS), "extension header cut short"),
    ]


class Laps:
    """Sends Echo Requests and, among them, frames that are dropped; the replies are to come in the order of requests."""

    def __init__(self, wire, flow, drops):
        self.wire, self.drops = wire, drops
        self.random = random.Random(1)
        self.pairs = [flow.request_and_reply(7, number, self.random.randbytes(self.size())) for number in range(1000)]
        self.requests, self.answered = 0, 0
        self.dropped = [0] * len(drops)
        self.sent = 0

    def size(self):
        return self.random.randrange(PING_MOST + 1) if self.random.random() < 0.1 else self.random.randrange(100)

    def send(self):
        if self.random.random() < 0.5:
            number = self.random.randrange(len(self.drops))
            self.wire.send(self.drops[number][0])
            self.dropped[number] += 1
        else:
            self.wire.send(self.pairs[self.requests % len(self.pairs)][0])
            self.requests += 1
        self.sent += 1

    def receive(self):
        """A reply; what else the node or the kernel says does not count."""
        frame = self.wire.receive(5)
        check(frame is not None, f"request {self.answered} has no answer, after {self.sent} frames")
        if frame[frames.NEXT_HEADER] == frames.ICMPV6 and frame[frames.ICMPV6_TYPE] == frames.ECHO_REPLY:
            expected = self.pairs[self.answered % len(self.pairs)][1]
            check(frame == expected, f"request {self.answered}: {frame.hex()} came back, not {expected.hex()}")
            self.answered += 1

    def run(self, count):
        while self.sent < count:
            while self.requests - self.answered < WINDOW and self.sent < count:
                self.send()
            while self.requests - self.answered > WINDOW // 2:
                self.receive()
        while self.requests > self.answered:
            self.receive()


def wire_and_flow(tap):
    """The kernel's end of the link, and the way from the kernel to the node."""
    wire = frames.Wire(tap.name, frames.TYPE_IPV6)
    return wire, frames.Flow(wire.mac(), frames.address_bytes(tap.kernel), frames.mac_bytes(tap.mac),
                             frames.address_bytes(tap.node))


@for_each_card_of_pc
def laps_the_ring_1000_times(card):
    """Replies leave in their places between drops, which are null descriptors; nothing is lost, or counted wrong."""
    tap, machine = boot_echo(card)
    tap.check_ping(tap.node)  # the two know each other
    before = check_counters(machine)
    wire, flow = wire_and_flow(tap)
    laps = Laps(wire, flow, dropped_frames(flow))
    laps.run(LAPS * RING)
    counted = check_counters(machine)
    counted.subtract(before)
    check(counted["node", "Echo Replies written"] == laps.requests, f"{laps.requests} requests: {counted}")
    sent = collections.Counter()
    for (_, why), number in zip(laps.drops, laps.dropped):
        sent[f"dropped: {why}"] += number
    for why, number in sent.items():
        more = counted["node", why] - number
        is_report = why == NOT_OURS and more > 0  # of MLD, by the kernel
        check(more == 0 or is_report, f"{number} frames, {counted['node', why]} {why}")


JUMBO = 9000


@for_each_card_of_pc
def takes_no_part_of_a_frame_that_is_too_long(card):
    """A card that has only buffers of 2 KiB could give the node the rest of one as a frame by itself."""
    tap, machine = boot_echo(card)
    must("ip", "link", "set", tap.name, "mtu", str(JUMBO))
    tap.check_ping(tap.node)
    before = check_counters(machine)
    wire, flow = wire_and_flow(tap)
    request, _ = flow.request_and_reply(9, 9, bytes(2048 - frames.HEADER - 48))  # 2048 bytes of frame
    sizes = (MTU + frames.HEADER + 5, 2044, 2048, 2049, 2048 + 60, 4096, 4097, JUMBO)
    for size in sizes:
        wire.send((request * 5)[:size])
    tap.check_ping(tap.node)
    counted = machine.counters()
    counted.subtract(before)
    dropped = [what for (_, what), number in counted.items() if "dropped: " in what and what != NOT_OURS and number > 0]
    check(counted["node", "Echo Replies written"] == 1 and not dropped, f"{counted}")
    # The 82576 of QEMU does not count them.
    check(counted["port", "frames that came and were lost"] == (len(sizes) if card.model == "e1000e" else 0), f"{counted}")


@for_each_card
def echoes_datagrams(card):
    tap, _ = boot_echo(card)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.settimeout(3)
        for size in (0, 1, 17, 512, 1452):
            sent = bytes(i % 251 for i in range(size))
            client.sendto(sent, (tap.node, 7))
            received, _ = client.recvfrom(2048)
            check(received == sent, f"{size} bytes came back as {len(received)}")


def start_radvd(tap):
    """Has radvd advertise the prefix of the TAP interface there."""
    if not shutil.which("radvd"):
        raise Skip("radvd is not installed")
    path = os.path.join(Program.recordings, f"radvd-{tap.name}")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"interface {tap.name} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; "
                   f"AdvDefaultLifetime 30; prefix {tap.kernel[:-1]}/64 {{ AdvOnLink on; AdvAutonomous on; }}; }};\n")
    Process("radvd", "-n", "-m", "stderr", "-C", path, "-p", f"{path}.pid")


@for_each_card
def is_configured_by_radvd(card):
    tap = Tap()
    start_radvd(tap)
    machine = Networked("echo.elf", card, [tap], "--no-secret")
    if card.is_virtual:
        make_virtual(tap)
    address = tap.link_local.replace("fe80::", tap.kernel[:-1])
    machine.wait_line(address, BOOT)
    machine.wait_line("is a default router", BOOT)
    tap.check_ping(address)


@for_each_whole_card
def is_found_behind_bridges(card):
    tap, _ = boot_echo(card, far=True)
    tap.check_ping(tap.node, PING_MOST)


@for_each_card_of_pc
def pings_the_kernel(card):
    tap = Tap()
    machine = Networked("ping.elf", card, [tap], "--address", f"{tap.node}/64", "--count", "5", "--interval", "0.1", tap.kernel)
    status = machine.end()
    check(machine.has("5 received") and status == 0, f"{status}: {machine.lines}")


EXPERIMENT = 0x88B5  # IEEE 802, 9.2.3: an EtherType that nobody else uses


class Station:
    """Sends and receives frames of its own on a TAP interface."""

    def __init__(self, tap):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((tap.name, EXPERIMENT))

    def send(self, to, source, number):
        frame = bytes([2, 0, 0, 0, 9, to, 2, 0, 0, 0, 9, source]) + EXPERIMENT.to_bytes(2, "big") + number.to_bytes(4, "big")
        self.socket.send(frame + bytes(60 - len(frame)))

    def receive(self, seconds):
        """The number of the next frame that others sent; None if none comes."""
        self.socket.settimeout(seconds)
        try:
            while True:
                frame, address = self.socket.recvfrom(2048)
                if address[2] != socket.PACKET_OUTGOING:
                    return int.from_bytes(frame[14:18], "big")
        except TimeoutError:
            return None


def boot_function(image, card):
    taps = [Tap(), Tap()]
    machine = Networked(image, card, taps)
    machine.wait_line(": running", len(taps) * BOOT)
    return [Station(tap) for tap in taps]


def check_passes(sender, receiver, to, source, number):
    sender.send(to, source, number)
    received = receiver.receive(3)
    check(received == number, f"sent {number} from {source} to {to}, received {received}")


def wait_for_link(sender, receiver, to, source):
    """The first frames may come before a card has its link."""
    def comes_through():
        sender.send(to, source, 0)
        return receiver.receive(0.2) is not None

    wait_for(comes_through, BOOT, "a first frame")
    while receiver.receive(0.5) is not None:
        pass


@for_each_whole_card_of_pc
def bridge_learns_where_stations_are(card):
    left, right = boot_function("nf_bridge_1.elf", card)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for number in range(1, 1001):  # four turns of each ring
        check_passes(left, right, 2, 1, number)
        check_passes(right, left, 1, 2, number)
    left.send(1, 3, 5000)  # to a station on the same side
    check(right.receive(0.5) is None, "a frame went to where its destination is not")
    check_passes(left, right, 99, 1, 5001)  # to nobody who was heard


@for_each_whole_card
def noop_passes_everything(card):
    left, right = boot_function("nf_noop_1.elf", card)
    wait_for_link(left, right, 2, 1)
    wait_for_link(right, left, 1, 2)
    for number in range(1, 601):
        check_passes(left, right, number % 256, 1, number)
    check_passes(right, left, 1, 2, 7000)


SECONDS = 3  # that each transfer takes


def transfer(bridged, *options):
    """Has iperf3 send from one end of a bridge to the other; returns what it says of it."""
    server = bridged.far.start("iperf3", "-s", "-1", "--forceflush")
    server.wait_line("Server listening", BOOT)
    done = run("iperf3", "-6", "-J", "-c", bridged.left.node, "-t", str(SECONDS), *options, timeout=BOOT + SECONDS)
    result = json.loads(done.stdout)
    check(done.returncode == 0 and "error" not in result, f"iperf3 {' '.join(options)}: {result}")
    server.wait()  # it has the port
    return result["end"]


class Bridged:
    """A bridge between the kernel here and that of another namespace."""

    def __init__(self, card):
        self.far = Namespace()
        self.left, self.right = Tap(), Tap()
        self.machine = Networked("nf_bridge_1.elf", card, [self.left, self.right])
        self.machine.wait_line(": running", 2 * BOOT)
        must("ip", "link", "set", self.right.name, "netns", self.far.pid)
        self.far.bring_up(self.right.name, f"{self.left.node}/64")
        wait_for(lambda: " 1 received" in self.ping("-W", "1"), BOOT, "an answer across the bridge")

    def ping(self, *options):
        return self.left.ping(self.left.node, "-c", "1", *options)

    def check_pings(self):
        for size in (0, PING_MOST):
            self.left.check_ping(self.left.node, size)
            output = self.far.run("ping", "-6", "-n", "-c", "1", "-W", "3", "-s", str(size), self.left.kernel).stdout
            check(" 1 received, 0% packet loss" in output, output)

    def passed(self):
        """How many frames went in and came out: from here, here, from there, there."""
        return passed((self.left, ()), (self.right, self.far.inside))


@for_each_whole_card_of_pc
def bridge_carries_tcp_and_udp(card):
    """Between two kernels, each in a namespace of its own. The bridge loses nothing; a receiver of UDP that is kept from
    running may."""
    if not shutil.which("iperf3"):
        raise Skip("iperf3 is not installed")
    bridged = Bridged(card)
    before = bridged.passed()
    bridged.check_pings()
    for options in ((), ("-R",)):
        received = transfer(bridged, *options)["sum_received"]["bytes"]
        check(received > SECONDS * 1000000, f"only {received} bytes by TCP {options}")
    datagrams = transfer(bridged, "-u", "-b", "10M", "-l", "1400")["sum"]
    check(datagrams["packets"] > 1000 and datagrams["lost_percent"] < 20, f"{datagrams}")
    bridged.check_pings()
    from_here, here, from_there, there = (now - then for now, then in zip(bridged.passed(), before))
    check(from_here == there and from_there == here, f"{from_here} frames became {there}, and {from_there} {here}")


@test_of(CARDS["x86_64_igb_virtual"])
def igb_virtual_takes_the_address_it_is_given():
    tap = Tap()
    machine = Networked("echo.elf", CARDS["x86_64_igb_virtual"], [tap], "--address", f"{tap.node}/64", "--mac", "02:00:00:00:07:07")
    machine.wait_line("listening on fe80::ff:fe00:707", BOOT)
    tap.check_ping("fe80::ff:fe00:707")


@test_of(CARDS["x86_64_igb_virtual"])
def igb_virtual_cannot_have_the_address_of_its_card():
    tap = Tap()
    machine = Networked("echo.elf", CARDS["x86_64_igb_virtual"], [tap], "--mac", tap.mac)
    status = machine.end()
    check(machine.has("does not grant it its address") and status == 2, f"{status}: {machine.lines}")


@test_of(CARDS["x86_64_e1000e"])
def e1000e_has_no_virtual_functions():
    machine = Networked("echo.elf", CARDS["x86_64_e1000e"], [Tap()], "--virtual")
    status = machine.end()
    check(machine.has("there is no card of this family") and status == 2, f"{status}: {machine.lines}")


def show_table(results):
    """What came of the tests of each board and card."""
    print(f"{'board':10}{'card':16}{'passed':>8}{'failed':>8}{'skipped':>8}")
    for row, board, model in [(board, board, "none") for board in BOARDS] + [(card, card.board, card.model) for card in CARDS.values()]:
        counts = collections.Counter(result for test, result in results.items() if test.thing is row)
        print(f"{board.name:10}{model:16}{counts['PASS']:8}{counts['FAIL']:8}{counts['SKIP']:8}")


if __name__ == "__main__":
    status = suite.main()
    if suite.results:
        show_table(suite.results)
    sys.exit(status)
