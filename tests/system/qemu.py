#!/usr/bin/env python3
"""The images of the examples for a PC without operating system, on the network cards that QEMU emulates, with the Linux kernel
as the node at the other end.

    qemu.py DIRECTORY     the folder with the images echo.elf and ping.elf

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
MEMORY = "128"  # MiB
BOOT = 30  # seconds that a start may take, on a machine that does other things, too

suite = Suite("qemu", __doc__)


def cards_of_qemu():
    try:
        return run(QEMU, "-device", "help").stdout
    except FileNotFoundError:
        raise Skip(f"there is no {QEMU}: {INSTALL}") from None


class Machine(Process):
    """A PC that has booted an image, with a card on a TAP interface."""

    def __init__(self, image, card, tap, *options):
        if f'name "{card}"' not in cards_of_qemu():
            raise Skip(f"this {QEMU} has no {card}: {INSTALL}")
        self.monitor_path = os.path.join(Program.recordings, f"monitor-{tap.name}")
        super().__init__(
            QEMU, "-M", "q35,accel=tcg", "-cpu", "max", "-m", MEMORY, "-display", "none", "-no-reboot", "-nodefaults",
            "-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4",
            "-qmp", f"unix:{self.monitor_path},server=on,wait=off",
            "-netdev", f"tap,id=net,ifname={tap.name},script=no,downscript=no",
            "-device", f"{card},netdev=net,id=card,mac={tap.mac}",
            "-kernel", os.path.join(Program.directory, image), "-append", " ".join(options))

    def set_link(self, up):
        """Takes the cable out, or puts it in."""
        with socket.socket(socket.AF_UNIX) as monitor:
            monitor.connect(self.monitor_path)
            file = monitor.makefile("rw")
            file.readline()
            for command in ({"execute": "qmp_capabilities"},
                            {"execute": "set_link", "arguments": {"name": "net", "up": up}}):
                file.write(json.dumps(command) + "\n")
                file.flush()
                while "return" not in json.loads(file.readline()):
                    pass


def boot_echo(card, *options):
    tap = Tap()
    machine = Machine("echo.elf", card, tap, "--address", f"{tap.node}/64", *options)
    machine.wait_line("listening on", BOOT)
    return tap, machine


def for_each_card(function):
    """Makes one test of the function for each card."""
    for card in CARDS:
        test = functools.partial(function, card)
        test.__name__ = f"{card}_{function.__name__}"
        suite.test_alone(test)
    return function


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
    machine = Machine("ping.elf", card, tap, "--address", f"{tap.node}/64", "--count", "5", "--interval", "0.1", tap.kernel)
    status = machine.wait(BOOT)
    check(machine.has("5 received"), f"{machine.lines}")
    check(status == 1, f"QEMU ended with {status}: twice the program's status and one more")


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
