"""Test a node on each board and each card, with the Linux kernel at the other end: see qemu.py."""

import collections
import contextlib
import copy
import os
import shutil
import socket
import struct

import frames
from machines import BOARDS, BOOT, CARDS, LARGE_DEVICE, PC, Machine, Networked, make_virtual
from matrix import for_each, suite, test_about, test_of
from peer import ECHO_PORT, MTU, PING_MAX, Process, Program, Skip, Tap, check, must, wait_for
from traffic import (NOT_OURS, Laps, Pinger, check_all_counters, check_counters, check_every_size, dropped_frames,
                     wire_and_flow)

# -- Boards without a card ---------------------------------------------------------------------------------------------


@for_each(BOARDS, "boots")
def keeps_the_contract_of_env(board):
    machine = Machine(board, "selftest.elf", ())
    status = machine.end()
    check(status == 0 and len(machine.has("ok: ")) >= 27 and not machine.has("FAILED"), f"{status}: {machine.lines}")
    vouches = "vouches" if board.cpu else "does not vouch"
    check(machine.has(f"note: entropy: the board {vouches} for it"), f"{machine.lines}")


@for_each([board for board in BOARDS if board.starts], "boots")
def keeps_the_contract_in_every_start_mode(board):
    for start in board.starts:
        for cpu in (board.cpu, board.plain_cpu):
            machine = Machine(board, "selftest.elf", (), cpu=cpu, start=start)
            status = machine.end()
            check(status == 0 and not machine.has("FAILED"), f"{start}, {cpu}: {status}: {machine.lines}")


@for_each([board for board in BOARDS if board.plain_cpu], "boots")
def reports_missing_entropy(board):
    machine = Machine(board, "selftest.elf", (), cpu=board.plain_cpu)
    status = machine.end()
    check(status == 0 and machine.has("note: entropy: the board does not vouch for it"), f"{status}: {machine.lines}")


@for_each([board for board in BOARDS if all(card.bus != "board" for card in board.cards)], "boots")
def reports_a_missing_card(board):
    machine = Machine(board, "echo.elf", ())
    status = machine.end()
    check(machine.has("there is no card of this family") and status == 2, f"{status}: {machine.lines}")


@for_each(BOARDS, "boots")
def reports_an_exception(board):
    """The program jumps to an address without memory."""
    machine = Machine(board, "selftest.elf", (), "exception")
    status = machine.end()
    of_64_bits = machine.has("instruction at 0000002000000000, address 0000002000000000")
    of_32_bits = machine.has("instruction at 0000000030000000, address ")
    check((of_64_bits or of_32_bits) and status == 3, f"{status}: {machine.lines}")


def run_cores(board, cores, *options):
    """Run the test of cores. Return its exit status, and the machine."""
    machine = Machine(board, "selftest_cores.elf", ("-smp", str(cores)), *options)
    return machine.end(), machine


@for_each(BOARDS, "boots")
def runs_functions_on_other_cores_or_says_no(board):
    status, machine = run_cores(board, 1)
    check(status == 0 and machine.has("note: there is no core 1"), f"{status}: {machine.lines}")
    if board is PC:
        status, machine = run_cores(board, 2)
        check(status == 0 and machine.has("cores: passed"), f"{status}: {machine.lines}")


@test_of(PC, "boots")
def another_core_ends_the_program():
    status, machine = run_cores(PC, 2, "exception")
    check(status == 3 and machine.has("exception: cause 0000000000000006"), f"{status}: {machine.lines}")
    status, machine = run_cores(PC, 2, "stop")
    check(status == 5 and not machine.has("FAILED"), f"{status}: {machine.lines}")


# -- A node that several tests use, one after the other ----------------------------------------------------------------


WINDOW = 48  # maximum number of unanswered requests
SMALL_WINDOW = 4  # for a card that holds only a few frames
RING = 256  # V6NF_RING_SIZE
VIRTIO_NET = (0x1AF4, 0x1041)  # vendor and device


class Node:
    """The example echo on a card. It starts again after a test that failed."""

    def __init__(self, card):
        self.card = card
        self.window = SMALL_WINDOW if card.bus == "board" else WINDOW
        self.tests = []
        self.machine = None
        self.problem = None  # the reason if it does not start

    def start(self):
        self.tap = Tap()
        options = ("--address", f"{self.tap.node}/64", "--no-secret", "--stats", "0.2")
        self.machine = Networked("echo.elf", self.card, [self.tap], *options)
        if self.card.is_virtual:
            make_virtual(self.tap)
        self.machine.wait_line("listening on", BOOT)

    def start_once(self):
        if self.problem:
            raise self.problem
        try:
            self.start()
        except Exception as problem:
            self.problem = problem
            raise

    def run(self, function):
        try:
            if not self.machine:
                self.start_once()
            function(self)
        except BaseException:
            Process.end_all()
            self.machine = None
            raise


NODES = {card: Node(card) for card in CARDS.values()}
suite.tests += [node.tests for node in NODES.values()]
CARDS_OF_PC = [card for card in NODES if card.board is PC]  # for tests that do not depend on the board


def for_each_node(column, cards=NODES):
    """Make one test of the function on each card. The tests of a card run in their order, on the same machine."""
    def make(function):
        for card in cards:
            test = test_about(card, column, NODES[card].run, function)
            test.__name__ = f"{card}_{function.__name__}"
            NODES[card].tests.append(test)
        return function

    return make


@for_each_node("boots")
def boots(node):
    """It listens, and reports a board without entropy."""
    check(node.machine.has(f"listening on {node.tap.link_local}"), f"{node.machine.lines}")
    check(bool(node.card.board.cpu) != bool(node.machine.has("this board has no entropy")), f"{node.machine.lines}")


def start_radvd(tap):
    """Let radvd advertise the prefix of the TAP interface."""
    if not shutil.which("radvd"):
        raise Skip("radvd is not installed")
    path = os.path.join(Program.recordings, f"radvd-{tap.name}")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"interface {tap.name} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; "
                   f"AdvDefaultLifetime 30; prefix {tap.kernel[:-1]}/64 {{ AdvOnLink on; AdvAutonomous on; }}; }};\n")
    return Process("radvd", "-n", "-m", "stderr", "-C", path, "-p", f"{path}.pid")


@for_each_node("slaac")
def is_configured_by_radvd(node):
    tap, machine = node.tap, node.machine
    radvd = start_radvd(tap)
    address = tap.link_local.replace("fe80::", tap.kernel[:-1])
    machine.wait_line(address, BOOT)
    machine.wait_line("is a default router", BOOT)
    tap.check_ping(address)
    radvd.stop()
    machine.wait_line("is gone", BOOT)


@for_each_node("sizes")
def answers_every_size(node):
    check_every_size(node.tap.node)
    node.tap.check_ping(node.tap.link_local, PING_MAX)


def check_echoes(address):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.settimeout(3)
        for size in (0, 1, 17, 512, 1452):
            sent = bytes(i % 251 for i in range(size))
            client.sendto(sent, (address, ECHO_PORT))
            received, _ = client.recvfrom(2048)
            check(received == sent, f"{size} bytes were returned as {len(received)}")


@for_each_node("udp")
def echoes_datagrams(node):
    check_echoes(node.tap.node)


@for_each_node("requests")
def answers_requests_in_their_order(node):
    """As many as its file states. On the PC, replies are mixed with drops, which are null descriptors. Nothing is lost
    or miscounted."""
    card, machine = node.card, node.machine
    before = check_counters(machine)
    wire, flow = wire_and_flow(node.tap)
    drops = dropped_frames(flow) if card.board is PC else []
    laps = Laps(wire, flow, drops, node.window)
    laps.run(card.board.requests)
    counted = check_counters(machine)
    counted.subtract(before)
    check(counted["node", "Echo Replies written"] == laps.requests, f"{laps.requests} requests: {counted}")
    sent = collections.Counter()
    for (_, why), number in zip(laps.drops, laps.dropped):
        sent[f"dropped: {why}"] += number
    for why, number in sent.items():
        more = counted["node", why] - number
        is_report = why == NOT_OURS and more > 0  # of MLD, from the kernel
        check(more == 0 or is_report, f"{number} frames, {counted['node', why]} {why}")


@for_each_node("more", CARDS_OF_PC)
def drops_keep_their_order(node):
    """Datagrams without a reply (from port 7) are null descriptors among those that are sent. There are enough of them
    for heads to be written back."""
    tap = node.tap
    wire, flow = wire_and_flow(tap)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as silent:
        silent.bind((tap.kernel, ECHO_PORT))
        laps = Laps(wire, flow, [], 1)
        for number in range(1, 201):
            for _ in range(100):
                silent.sendto(b"no answer", (tap.node, ECHO_PORT))
            laps.run(number)


TIMES = 2  # on the PC; once on other boards
# While the link is down, QEMU calls virtqueue_drop_all(). That of 10.0 does not return for a queue in order.
WITH_LINK = [card for card in NODES if "in_order=on" not in card.properties]


@for_each_node("link", WITH_LINK)
def survives_a_link_that_goes_down(node):
    """During a flood. Frames are lost only on the cable: card and node have counted all others."""
    tap, machine = node.tap, node.machine
    before, read_before, written_before = check_all_counters(tap, machine)
    with Pinger(tap) as pinger:
        for _ in range(TIMES if node.card.board is PC else 1):
            pinger.wait_for_answers(20)
            usable = f"address {tap.node} can be used"
            reports = len(machine.has(usable))
            machine.set_link(False)
            machine.counters()  # the node checks the link every 20 ms, and prints twice in this time
            machine.set_link(True)
            wait_for(lambda: len(machine.has(usable)) > reports, BOOT, usable)
        pinger.wait_for_answers(20)
    counted, read, written = check_all_counters(tap, machine)
    counted.subtract(before)
    lost_before = read - read_before - counted["port", "frames received"]
    lost_after = counted["port", "frames sent"] - (written - written_before)
    check(lost_before >= 0 and lost_after >= 0, f"{read} and {written} frames on the TAP, but {counted}")
    answered = counted["node", "Echo Replies written"]
    # After the link was down, addresses are tentative for some time, and neighbors are solicited again.
    tentative = counted["node", NOT_OURS]
    resolving = "dropped: during address resolution"
    waited = sum(number for (_, what), number in counted.items() if what.startswith(resolving))
    check(0 < pinger.requests - answered <= lost_before + tentative,
          f"{pinger.requests} requests, {lost_before} lost, {counted}")
    check(0 <= answered - pinger.replies <= lost_after + waited,
          f"{pinger.replies} replies, {lost_after} lost, {counted}")
    Laps(*wire_and_flow(tap), [], node.window).run(4 * RING)


JUMBO = 9000


@for_each_node("more", CARDS_OF_PC)
def drops_a_frame_that_is_too_long_as_a_whole(node):
    """A card with buffers of 2 KiB could pass the rest of a frame to the node as another frame."""
    tap, machine = node.tap, node.machine
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
    # QEMU's 82576 does not count them.
    lost = len(sizes) if node.card.device in ("e1000e", "vmxnet3") else 0
    check(counted["port", "frames that arrived and were lost"] == lost, f"{counted}")


# -- Tests with a node of their own ------------------------------------------------------------------------------------


def check_registers(card, is_high, **machine_options):
    """Check that a node runs on virtio, and whether its registers of 64 bits are above 4 GiB."""
    tap = Tap()
    machine = Networked("echo.elf", card, [tap], "--address", f"{tap.node}/64", "--no-secret", **machine_options)
    machine.wait_line("listening on", BOOT)
    addresses = machine.registers_of(VIRTIO_NET)
    check((max(addresses) >= 1 << 32) == is_high, f"its registers are at {addresses}")
    for size in (0, 56, PING_MAX):
        tap.check_ping(tap.node, size)
    machine.stop()


VIRTIO_PCI = [card for card in NODES if card.nic == "virtio-pci"]


@for_each(VIRTIO_PCI, "more")
def registers_above_4_gib_are_reached(card):
    check_registers(card, True, more=LARGE_DEVICE if card.board is PC else ())


@for_each([card for card in VIRTIO_PCI if card.board is not PC], "bridges")
def registers_above_4_gib_are_reached_through_bridges(card):
    check_registers(card, True, far=True)


@test_of(CARDS["aarch64_virtio-pci"])
def registers_are_below_4_gib_if_nothing_is_above():
    check_registers(CARDS["aarch64_virtio-pci"], False, start="highmem=off")


def start_checksums(card, expected):
    """Start the image that knows partial checksums, whose port must state `expected` (V6NF_PORT_VERIFIES is 1,
    V6NF_PORT_INSERTS is 2). Nothing answers solicitations."""
    tap = Tap()
    machine = Networked("checksums.elf", card, [tap])
    machine.wait_line(f"checksums: the port has {expected}", BOOT)
    must("ip", "-6", "neigh", "add", tap.node, "lladdr", tap.mac, "dev", tap.name, "nud", "permanent")
    check_echoes(tap.node)
    return machine


@test_of(CARDS["x86_64_virtio-pci"], "udp")
def checksums_are_left_to_the_device():
    """The kernel leaves those of datagrams to its TAP interface: they are partial, in both directions."""
    start_checksums(CARDS["x86_64_virtio-pci"], 3).wait_line("the first partial one")


@test_of(CARDS["x86_64_virtio-pci"], "udp")
def checksums_are_complete_for_a_device_without_them():
    card = copy.copy(CARDS["x86_64_virtio-pci"])
    card.properties = [*card.properties, "csum=off", "guest_csum=off"]
    check(not start_checksums(card, 0).has("the first partial one"), "a partial checksum")


@for_each([card for card in CARDS_OF_PC if card.nic in ("e1000e", "igb", "vmxnet3")], "udp")
def the_card_verifies_and_inserts_checksums(card):
    """The kernel verifies each echo, whose checksum the card has inserted. The first one may be lost. The kernel does
    not solicit: the node must, and knows then that the kernel is reachable. Without that it inserts by itself."""
    tap = Tap()
    machine = Networked("echo.elf", card, [tap], "--address", f"{tap.node}/64", "--checksums")
    machine.wait_line("listening on", BOOT)
    must("ip", "-6", "neigh", "add", tap.node, "lladdr", tap.mac, "dev", tap.name, "nud", "permanent")
    tap.check_ping(tap.node, PING_MAX)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
        client.settimeout(0.5)
        client.sendto(b"first", (tap.node, ECHO_PORT))
        with contextlib.suppress(TimeoutError):
            client.recvfrom(2048)
    for _ in range(100):
        check_echoes(tap.node)
    machine.stop()


@test_of(CARDS["x86_64_vmxnet3"], "udp")
def the_card_inserts_checksums_of_what_the_program_sends():
    """The kernel verifies each datagram. The first ones wait for its address, or are lost, while the node resolves."""
    tap = Tap()
    machine = Networked("checksums_sent.elf", CARDS["x86_64_vmxnet3"], [tap], tap.node)
    machine.wait_line("checksums: the node runs", BOOT)
    must("ip", "-6", "neigh", "add", tap.node, "lladdr", tap.mac, "dev", tap.name, "nud", "permanent")
    tap.check_ping(tap.node, PING_MAX)
    for _ in range(10):
        check_echoes(tap.node)
    check(machine.has("the first that is left to the card"), f"no checksum was left to the card: {machine.lines}")


class Trunk(frames.Wire):
    """The frames of an interface, with their VLANs. The kernel has removed the tags: they are next to the frames."""

    AUXDATA, VALID, ALL = 8, 1 << 4, 3  # linux/if_packet.h, linux/if_ether.h

    def __init__(self, name):
        super().__init__(name, self.ALL)
        self.socket.setsockopt(frames.SOL_PACKET, self.AUXDATA, 1)

    def send_tagged(self, frame, tag):
        self.send(frame[:12] + (b"" if tag is None else struct.pack("!HH", 0x8100, tag)) + frame[12:])

    def tag_of(self, wanted, seconds):
        """Return the tag of the next frame that is equal: 0 if it has none, None if there is no such frame. The
        checksum of UDP is not compared: QEMU leaves it to the kernel, which completes no frame for this socket."""
        shown = lambda frame: frame[:60] + frame[62:] if frame[20:21] == bytes([frames.UDP]) else frame
        self.socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            for _ in range(1000):
                frame, more, _, _ = self.socket.recvmsg(2048, 256)
                if shown(frame) == shown(wanted):
                    status, tag = struct.unpack("=I12xH", more[0][2][:18])
                    return tag if status & self.VALID else 0
        return None


def echoed(flow, data):
    """Return the frame of a datagram to the echo port, and that of the answer, without its checksum."""
    back = flow.back()
    head = struct.pack("!HHHH", ECHO_PORT, 9999, 8 + len(data), 0)
    return (flow.frame(flow.udp(ECHO_PORT, data), frames.UDP),
            back.frame(head + data, frames.UDP))


@for_each([card for card in CARDS_OF_PC if card.nic in ("e1000e", "igb")], "udp")
def the_card_removes_and_inserts_vlan_tags(card):
    """Three nodes are on one card: without a tag or with a priority tag, and on VLANs 10 and 20, with any priority."""
    tap = Tap()
    machine = Networked("vlans.elf", card, [tap])
    machine.wait_line("vlans: tags by the card", BOOT)
    trunk = Trunk(tap.name)
    for tag in (0xA00A, None, 0x0014, 0xA000, 0x100A):
        number = (tag or 0) & 0xFFF
        near, far = (frames.address_bytes(f"fdab:{number}::{end}") for end in (1, 2))
        flow = frames.Flow(b"\x02\0\0\0\xab\x01", near, frames.mac_bytes(tap.mac), far)
        trunk.send_tagged(flow.solicitation(), tag)
        for sequence, size in enumerate((0, 56, PING_MAX)):
            request, reply = flow.request_and_reply(1, sequence, bytes(size))
            trunk.send_tagged(request, tag)
            found = trunk.tag_of(reply, 5)
            check(found == number, f"tag {tag}: {size} bytes: the reply has {found}")
        trunk.send_tagged(echoed(flow, b"first")[0], tag)  # it may be lost (ring.h)
        for size in (*range(1, 20), 1452):
            request, reply = echoed(flow, bytes(i % 251 for i in range(size)))
            trunk.send_tagged(request, tag)
            found = trunk.tag_of(reply, 5)
            check(found == number, f"tag {tag}: a datagram of {size} bytes: the reply has {found}")
        request, reply = flow.request_and_reply(2, 0, b"another VLAN")
        trunk.send_tagged(request, 30)
        check(trunk.tag_of(reply, 0.3) is None, "a node sees another VLAN")
    machine.stop()


@for_each([card for card in NODES if card.bus == "pci" and card.has_functions], "bridges")
def is_found_behind_bridges(card):
    tap = Tap()
    machine = Networked("echo.elf", card, [tap], "--address", f"{tap.node}/64", far=True)
    machine.wait_line("listening on", BOOT)
    tap.check_ping(tap.node, PING_MAX)


@for_each([card for card in NODES if card.board.starts and card.has_functions], "boots")
def answers_in_every_start_mode(card):
    for start in card.board.starts:
        tap = Tap()
        machine = Networked("echo.elf", card, [tap], "--address", f"{tap.node}/64", start=start)
        machine.wait_line("listening on", BOOT)
        tap.check_ping(tap.node, PING_MAX)
        machine.stop()


@for_each(CARDS_OF_PC, "more")
def pings_the_kernel(card):
    tap = Tap()
    options = ("--address", f"{tap.node}/64", "--count", "5", "--interval", "0.1")
    machine = Networked("ping.elf", card, [tap], *options, tap.kernel)
    status = machine.end()
    check(machine.has("5 received") and status == 0, f"{status}: {machine.lines}")


VIRTUAL = CARDS["x86_64_igb-virtual"]


@test_of(VIRTUAL)
def igb_virtual_uses_a_configured_address():
    tap = Tap()
    machine = Networked("echo.elf", VIRTUAL, [tap], "--address", f"{tap.node}/64", "--mac", "02:00:00:00:07:07")
    machine.wait_line("listening on fe80::ff:fe00:707", BOOT)
    tap.check_ping("fe80::ff:fe00:707")


@test_of(VIRTUAL)
def igb_virtual_cannot_have_the_address_of_its_card():
    tap = Tap()
    machine = Networked("echo.elf", VIRTUAL, [tap], "--mac", tap.mac)
    status = machine.end()
    check(machine.has("refuses the address, MTU or groups") and status == 2, f"{status}: {machine.lines}")


@test_of(CARDS["x86_64_e1000e"])
def e1000e_has_no_virtual_functions():
    machine = Networked("echo.elf", CARDS["x86_64_e1000e"], [Tap()], "--virtual")
    status = machine.end()
    check(machine.has("there is no card of this family") and status == 2, f"{status}: {machine.lines}")
