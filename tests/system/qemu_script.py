"""Test examples/qemu.sh: the demonstration, and the messages about mistakes: see qemu.py."""

import os
import shutil
import signal
import tempfile

from machines import BOOT, CARDS, PC, TOP
from matrix import for_each, test_of
from peer import Process, check, run, wait_for

SCRIPT = os.path.join(TOP, "examples", "qemu.sh")
SHOW = 4 * BOOT  # seconds that a demonstration may take, with a build

SHOWN = [CARDS["riscv64_virtio-pci"], CARDS["aarch64_virtio-mmio"],
         *(card for card in CARDS.values() if card.bus == "board")]


def check_shows(card, *arguments):
    card.check_device()
    card.board.image(f"{arguments[0]}.elf")  # the script would build it, in parallel to other tests
    process = Process("sh", SCRIPT, card.board.name, card.nic, *arguments)
    status = process.wait(SHOW)
    check(status == 0 and process.lines[-1] == "== All went well", f"{status}: {process.lines} {process.errors}")
    return process


@for_each(SHOWN, "script")
def is_shown_to_echo(card):
    process = check_shows(card, "echo", "--stats", "1")
    check(len(process.has("3 received, 0% packet loss")) == 3, f"{process.lines}")
    for text in ("listening on", "received: Hello, node!", "1452 bytes", "Echo Replies written"):
        check(process.has(text), f'no "{text}": {process.lines}')


@test_of(CARDS["x86_64_e1000e"], "script")
def ping_is_shown():
    process = check_shows(CARDS["x86_64_e1000e"], "ping", "--count", "2")
    check(process.has("2 received, 0% packet loss"), f"{process.lines}")


@test_of(CARDS["riscv64_igb"], "script")
def function_is_shown_to_pass_frames():
    """A bridge of three cards forwards to a known station on its card alone."""
    process = check_shows(CARDS["riscv64_igb"], "nf_bridge_2")
    check(len(process.has("out: to")) == 4 and len(process.has("out: nothing")) == 2, f"{process.lines}")


def check_message(status, text, *arguments, **environment):
    """Check that the script ends at once, with this status and message."""
    done = run("env", *(f"{name}={value}" for name, value in environment.items()), "sh", SCRIPT, *arguments,
               timeout=SHOW)
    check(done.returncode == status and text in done.stderr,
          f"{arguments}: {done.returncode}, {done.stdout}{done.stderr}")


@test_of(PC, "script")
def script_lists_what_exists():
    for arguments, text in (((), "which board"), (("x86_64", "igb"), "which board"),
                            (("z80", "igb", "echo"), 'no board "z80"'),
                            (("x86_64", "ne2000", "echo"), 'x86_64 has no NIC "ne2000"'),
                            (("x86_64", "virtio-mmio", "echo"), 'x86_64 has no NIC "virtio-mmio"'),
                            (("x86_64", "igb", "nf_main_1"), 'no example "nf_main_1"')):
        check_message(2, text, *arguments)
        for name in ("BOARD x86_64, NIC igb | e1000e", "virtio-mmio", "EXAMPLE echo | ping | nf_", " | nf_bridge_1 | "):
            check_message(2, name, *arguments)


@test_of(PC, "script")
def script_names_impossible_combinations():
    check_message(1, "do not run on virtio-pci; those of x86_64's NICs on which they do: igb e1000e",
                  "x86_64", "virtio-pci", "nf_noop_1")
    check_message(1, "takes no options", "x86_64", "igb", "nf_noop_1", "--stats", "1")
    check_message(1, "ping ends by itself", "--shell", "x86_64", "igb", "ping")
    CARDS["x86_64_e1000e"].check_device()
    PC.image("ping.elf")
    check_message(1, 'ping ended with status 2', "x86_64", "e1000e", "ping", "fd00:6::9")  # a second address


@test_of(PC, "script")
def script_names_the_package_of_qemu():
    with tempfile.TemporaryDirectory() as folder:
        for tool in ("sh", "dirname", "basename", "sed", "tr"):
            os.symlink(shutil.which(tool), os.path.join(folder, tool))
        check_message(1, "there is no qemu-system-x86_64: apt-get install qemu-system-x86, "
                      "on Debian 12 -t bookworm-backports", "x86_64", "igb", "echo", PATH=folder)


@test_of(PC, "script")
def script_cleans_up_when_interrupted():
    """The script must end QEMU, which Ctrl-C would end, too. A shell cannot trap a signal that is ignored at start."""
    PC.image("echo.elf")
    process = Process("env", "--default-signal=INT", "setsid", "sh", SCRIPT, "x86_64", "virtio-pci", "echo")
    process.wait_line("icmp_seq=1", SHOW)
    status = process.stop(signal.SIGINT)
    check(status == 130 and not process.has("All went well"), f"{status}: {process.lines} {process.errors}")

    def is_gone():
        try:
            os.killpg(process.process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    wait_for(is_gone, 5, "an end of QEMU")
