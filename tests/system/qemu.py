#!/usr/bin/env python3
"""The images of the examples for a PC without operating system, on the network cards that QEMU emulates, with the Linux kernel
as the node at the other end.

    qemu.py DIRECTORY     the folder with the images echo.elf, ping.elf and nf_*.elf

See peer.py for where this runs, and what it prints.
"""

import functools
import json
import os
import socket
import sys
import time

from peer import PING_MOST, Process, Program, Skip, Suite, Tap, check, run, wait_for

QEMU = "qemu-system-x86_64"
INSTALL = "apt-get install -t bookworm-backports qemu-system-x86"
CARDS = ("igb", "e1000e")
VIRTUAL = "igb-virtual"  # a virtual function of an igb, which echo and ping make for themselves
MEMORY = "128"  # MiB
BOOT = 30  # seconds that a start may take, on a machine that does other things, too

suite = Suite("qemu", __doc__)


def cards_of_qemu():
    try:
        return run(QEMU, "-device", "help").stdout
    except FileNotFoundError:
        raise Skip(f"there is no {QEMU}: {INSTALL}") from None


class Machine(Process):
    """A PC that has booted an image, with a card on each TAP interface."""

    def __init__(self, image, card, taps, *options):
        if card == VIRTUAL:
            card, options = "igb", ("--virtual", *options)
        if f'name "{card}"' not in cards_of_qemu():
            raise Skip(f"this {QEMU} has no {card}: {INSTALL}")
        self.monitor_path = os.path.join(Program.recordings, f"monitor-{taps[0].name}")
        cards = []
        for number, tap in enumerate(taps):
            # igb has its virtual functions 16 slots on: two of it need room between them.
            cards += ["-netdev", f"tap,id=net-{tap.name},ifname={tap.name},script=no,downscript=no",
                      "-device", f"{card},netdev=net-{tap.name},id=card-{tap.name},mac={tap.mac},addr={4 * (number + 1)}"]
        self.first_net = f"net-{taps[0].name}"
        super().__init__(
            QEMU, "-M", "q35,accel=tcg", "-cpu", "max", "-m", MEMORY, "-display", "none", "-no-reboot", "-nodefaults",
            "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-qmp", f"unix:{self.monitor_path},server=on,wait=off",
            *cards, "-kernel", os.path.join(Program.directory, image), "-append", " ".join(options))

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


def boot_echo(card, *options):
    tap = Tap()
    if card == VIRTUAL:
        tap.link_local = tap.link_local.replace("fe80::", "fe80::400:")  # its MAC address is the card's with one bit more
    machine = Machine("echo.elf", card, [tap], "--address", f"{tap.node}/64", *options)
    machine.wait_line("listening on", BOOT)
    return tap, machine


def for_each_card(function, cards=(*CARDS, VIRTUAL)):
    """Makes one test of the function for each card."""
    for card in cards:
        test = functools.partial(function, card)
        test.__name__ = f"{card.replace('-', '_')}_{function.__name__}"
        suite.test_alone(test)
    return function


def for_each_whole_card(function):
    return for_each_card(function, CARDS)


@for_each_card
def answers_every_size(card):
    tap, _ = boot_echo(card)
    for size in [*range(0, 64), 100, 500, 1000, 1231, 1232, 1233, 1280, PING_MOST - 1, PING_MOST]:
        tap.check_ping(tap.node, size)
    tap.check_ping(tap.link_local, PING_MOST)


@for_each_card
def answers_100000_requests(card):
    """More than a thousand turns of the ring would be 256,000 frames: two of ours for each of theirs, and drops among them."""
    tap, _ = boot_echo(card)
    output = tap.ping(tap.node, "-q", "-f", "-c", "100000", "-s", "56")
    check(" 100000 received, 0% packet loss" in output, output)


@for_each_card
def drops_go_by_in_their_turn(card):
    """Datagrams for a handler that does not reply (from port 7) are null descriptors among those that leave."""
    tap, _ = boot_echo(card)
    tap.check_ping(tap.node)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as silent:
        silent.bind(("", 7))
        for _ in range(200):
            for _ in range(100):
                silent.sendto(b"no answer", (tap.node, 7))
            tap.check_ping(tap.node)


@for_each_card
def survives_a_link_that_goes_down(card):
    tap, machine = boot_echo(card)
    for _ in range(3):
        flood = Process("ping", "-6", "-n", "-q", "-f", "-c", "20000", "-w", "3", tap.node)
        time.sleep(0.3)
        machine.set_link(False)
        time.sleep(0.5)
        machine.set_link(True)
        flood.wait(30)
        wait_for(lambda: " 1 received" in tap.ping(tap.node, "-c", "1", "-W", "1"), 20, "an answer, after the link came back")


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


@for_each_card
def pings_the_kernel(card):
    tap = Tap()
    machine = Machine("ping.elf", card, [tap], "--address", f"{tap.node}/64", "--count", "5", "--interval", "0.1", tap.kernel)
    status = machine.wait(BOOT)
    check(machine.has("5 received"), f"{machine.lines}")
    check(status == 1, f"QEMU ended with {status}: twice the program's status and one more")


EXPERIMENT = 0x88B5  # IEEE 802, 9.2.3: an EtherType that nobody else uses


class Station:
    """Sends and receives frames of its own on a TAP interface."""

    def __init__(self, tap):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EXPERIMENT))
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
    machine = Machine(image, card, taps)
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


@for_each_whole_card
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


@suite.test_alone
def igb_virtual_takes_the_address_it_is_given():
    tap = Tap()
    machine = Machine("echo.elf", VIRTUAL, [tap], "--address", f"{tap.node}/64", "--mac", "02:00:00:00:07:07")
    machine.wait_line("listening on fe80::ff:fe00:707", BOOT)
    tap.check_ping("fe80::ff:fe00:707")


@suite.test_alone
def igb_virtual_cannot_have_the_address_of_its_card():
    tap = Tap()
    machine = Machine("echo.elf", VIRTUAL, [tap], "--mac", tap.mac)
    status = machine.wait(BOOT)
    check(machine.has("does not grant it its address") and status == 5, f"{status}: {machine.lines}")


@suite.test_alone
def e1000e_has_no_virtual_functions():
    machine = Machine("echo.elf", "e1000e", [Tap()], "--virtual")
    status = machine.wait(BOOT)
    check(machine.has("there is no card of this family") and status == 5, f"{status}: {machine.lines}")


@suite.test
def a_machine_without_a_card_says_so():
    cards_of_qemu()
    machine = Process(QEMU, "-M", "q35,accel=tcg", "-m", MEMORY, "-display", "none", "-no-reboot", "-nodefaults", "-serial",
                      "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel",
                      os.path.join(Program.directory, "echo.elf"))
    status = machine.wait(BOOT)
    check(machine.has("there is no card of this family") and status == 5, f"{status}: {machine.lines}")


if __name__ == "__main__":
    sys.exit(suite.main())
