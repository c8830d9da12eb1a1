#!/usr/bin/env python3
"""Install builds for boards, and build programs on them as a user does; boot these in QEMU, and ping them.

    install_board.py DIRECTORY [TEXT...]    the directory with a directory for each board: what the presets build

The program and its CMakeLists.txt are those of env/README.md. See peer.py for where this runs, and what it prints.
"""

import os
import re
import shutil
import sys

from machines import BOARDS, BOOT, CARDS, TOP, Machine, Networked
from peer import PING_MAX, Program, Skip, Suite, Tap, check, run, wait_for

suite = Suite("install_board", __doc__, os.cpu_count())
BUILD_SECONDS = 900  # of the whole library, on a machine that is busy
GENERATORS = {"make": "Unix Makefiles", **({"ninja": "Ninja"} if shutil.which("ninja") else {})}
# A card of each board, and what replaces the program's call for cards that PCI finds.
ON_CARD = {
    "x86_64": (CARDS["x86_64_virtio-pci"], {}),
    "aarch64": (CARDS["aarch64_igb"], {}),
    "riscv64": (CARDS["riscv64_e1000e"], {}),
    "cortex-m": (CARDS["cortex-m_lan9118"], {"driver/card.h": "driver/lan9118.h", "v6nf_card card": "v6nf_lan9118 card",
                                             "v6nf_card_open_first(&card, 1,": "v6nf_lan9118_init(&card, 0x40200000,",
                                             "card.port->": "card.port.", "(card.port)": "(&card.port)",
                                             ", card.port,": ", &card.port,"}),
}


def cmake(*arguments):
    done = run("cmake", *arguments, timeout=BUILD_SECONDS)
    check(done.returncode == 0, f"cmake {' '.join(arguments)}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


def directory(*names):
    """A new directory in that of this run."""
    path = os.path.join(Program.recordings, *names)
    os.makedirs(path)
    return path


def install(build, prefix):
    """Install into a directory other than the one that was configured."""
    cmake("--install", build, "--prefix", prefix)
    return os.path.join(prefix, "lib", "cmake", "v6nf", "toolchain.cmake")


def install_board(board, test):
    """Install the preset's build of the board; return the installed toolchain file."""
    board.devices()
    board.image("selftest.elf")
    return install(os.path.join(Program.directory, board.name), os.path.join(Program.recordings, test, "package"))


def build_program(test, toolchain, replaced, generator="Unix Makefiles", *options):
    """Build the program of env/README.md outside the tree; return the path of the image."""
    with open(os.path.join(TOP, "env", "README.md"), encoding="utf-8") as file:
        blocks = dict(re.findall(r"^```(c|cmake)\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL))
    for old, new in replaced.items():
        check(old in blocks["c"], f"the program of env/README.md has no {old}")
        blocks["c"] = blocks["c"].replace(old, new)
    blocks["cmake"] += "find_package(v6nf REQUIRED)\n"  # as a part of the program may do, once more
    source = directory(test, "source")
    for name, text in (("program.c", blocks["c"]), ("CMakeLists.txt", blocks["cmake"])):
        with open(os.path.join(source, name), "w", encoding="utf-8") as file:
            file.write(text)
    build = os.path.join(Program.recordings, test, "build")
    cmake("-G", generator, "-S", source, "-B", build, f"-DCMAKE_TOOLCHAIN_FILE={toolchain}",
          "-DCMAKE_C_FLAGS=-Wall -Wextra -Werror", *options)
    cmake("--build", build)
    return os.path.join(build, "program")


def check_drivers(image, card):
    """Only a program that looks for any PCI card has the drivers of all; --gc-sections drops the others."""
    with open(image, "rb") as file:
        symbols = file.read()
    for driver in (b"\0v6nf_igb_init\0", b"\0v6nf_igc_init\0", b"\0v6nf_e1000e_init\0",
                   b"\0v6nf_virtio_init_pci\0", b"\0v6nf_vmxnet3_init\0"):
        check((driver in symbols) == (card.bus == "pci"), f"{image}: {driver} is there, or is missing")
    check(b"\0v6nf_node_init_sized\0" in symbols, f"{image}: has no symbols")


def check_answers(image, card, line, *options):
    """Boot an image, which prints that line once it runs; ping it."""
    tap = Tap()
    machine = Networked(image, card, [tap], *options)
    machine.wait_line(line, BOOT)
    wait_for(lambda: " 1 received" in tap.ping(tap.link_local, "-c", "1", "-W", "1"), BOOT, "a reply")
    tap.check_ping(tap.link_local, PING_MAX)
    return machine


def make_installed_test(board, name, generator):
    def test():
        card, replaced = ON_CARD[board.name]
        image = build_program(test.__name__, install_board(board, test.__name__), replaced, generator)
        check_drivers(image, card)
        machine = check_answers(image, card, "running")
        check(not machine.has("running!"), f"{machine.lines}")

    test.__name__ = f"{board}_runs_a_program_outside_the_tree_built_by_{name}"
    suite.test(test)


for each in BOARDS:
    for short, full in GENERATORS.items():
        make_installed_test(each, short, full)


# -- A board outside the tree: a copy of one, under another name, with a file of its own that env/shared has, too ------

COPIED = next(board for board in BOARDS if board.name == "aarch64")
CARD = ON_CARD["aarch64"][0]
MARK = "running!"  # what its console makes of "running"


def make_outside_board(test):
    path = os.path.join(directory(test), "outside")
    shutil.copytree(os.path.join(TOP, "env", COPIED.name), path)
    with open(os.path.join(TOP, "env", "shared", "console.c"), encoding="utf-8") as file:
        text = file.read()
    old = "        v6nf_board_put('\\r');\n"
    check(text.count(old) == 1, "env/shared/console.c is not what this test changes")
    with open(os.path.join(path, "console.c"), "w", encoding="utf-8") as file:
        file.write(text.replace(old, f"        v6nf_board_put('!');\n{old}"))
    return path


@suite.test
def board_outside_the_tree_is_built_and_installed():
    test = board_outside_the_tree_is_built_and_installed.__name__
    COPIED.image("selftest.elf")  # its compiler is here
    outside = make_outside_board(test)
    project = os.path.join(Program.recordings, test, "project")
    cmake("-S", TOP, "-B", project, f"-DV6NF_BOARD_DIR={outside}", "-DCMAKE_BUILD_TYPE=Release")
    cmake("--build", project, "--target", "selftest", "echo")
    check_answers(os.path.join(project, "examples", "echo.elf"), CARD, "listening on", "--no-secret").stop()
    toolchain = install(project, os.path.join(Program.recordings, test, "package"))
    check_answers(build_program(test, toolchain, {}), CARD, MARK)


@suite.test
def board_whose_dma_is_not_coherent_is_built_and_installed():
    """Its toolchain file says so, for programs outside the tree, too."""
    test = board_whose_dma_is_not_coherent_is_built_and_installed.__name__
    COPIED.image("selftest.elf")
    outside = make_outside_board(test)
    shutil.copy(os.path.join(TOP, "tests", "system", "not_coherent.c"), outside)
    file = os.path.join(outside, "toolchain.cmake")
    with open(file, encoding="utf-8") as old:
        text = old.read().replace('set(CMAKE_C_FLAGS_INIT "', 'set(CMAKE_C_FLAGS_INIT "-DV6NF_ENV_DMA_COHERENT=0 ')
    with open(file, "w", encoding="utf-8") as new:
        new.write(text)
    project = os.path.join(Program.recordings, test, "project")
    cmake("-S", TOP, "-B", project, f"-DV6NF_BOARD_DIR={outside}", "-DCMAKE_BUILD_TYPE=Release")
    cmake("--build", project, "--target", "selftest", "echo")
    machine = Machine(COPIED, os.path.join(project, "tests", "selftest.elf"), ())
    check(machine.end() == 0 and not machine.has("FAILED"), f"{machine.lines}")
    check_answers(os.path.join(project, "examples", "echo.elf"), CARD, "listening on", "--no-secret").stop()
    toolchain = install(project, os.path.join(Program.recordings, test, "package"))
    image = build_program(test, toolchain, {})
    with open(image, "rb") as program:
        check(b"\0v6nf_env_cache_invalidate\0" in program.read(), "the program does not invalidate caches")
    check_answers(image, CARD, MARK)


@suite.test
def board_outside_the_tree_uses_the_package_of_another():
    test = board_outside_the_tree_uses_the_package_of_another.__name__
    toolchain = install_board(COPIED, test)
    outside = f"-DV6NF_BOARD_DIR={make_outside_board(f'{test}/board')}"
    check_answers(build_program(test, toolchain, {}, "Unix Makefiles", outside), CARD, MARK)


@suite.test
def template_of_a_package_links():
    """A new board begins there: a package has all that it needs. Its compiler is that of this machine."""
    test = template_of_a_package_links.__name__
    if os.uname().machine != "x86_64":
        raise Skip("the template's compiler makes no code for the package x86_64")
    toolchain = install_board(BOARDS[0], test)
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(toolchain))))
    outside = os.path.join(directory(test, "board"), "mine")
    shutil.copytree(os.path.join(package, "share", "v6nf", "env", "template"), outside)
    build_program(test, toolchain, {}, "Unix Makefiles", f"-DV6NF_BOARD_DIR={outside}")


if __name__ == "__main__":
    sys.exit(suite.main())
