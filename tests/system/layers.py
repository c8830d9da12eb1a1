#!/usr/bin/env python3
"""Check that every file includes and calls only what its layer may know: python3 tests/system/layers.py

Includes are read. Calls are the symbols of the objects of src/, which are compiled here: a function declared by hand
counts, too. Also that the top level holds only its directories, that each source directory is one of the layers and
each module of the node has its position in one, and that every public header has its guard and compiles alone, in C
and in C++.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = {"src", "include", "drivers", "env", "tests", "examples", "CMakeLists.txt", "CMakePresets.json", "LICENSE",
       "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
BUILD = "build"  # where the presets build; ignored by git
STANDARD = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
# How each language compiles a header alone. -pedantic would refuse the flexible array member of shm.h in C++.
COMPILERS = {"C": [os.environ.get("CC", "cc"), "-std=c11", "-ffreestanding", "-pedantic", "-xc"],
             "C++": [os.environ.get("CXX", "c++"), "-std=c++17", "-xc++"]}
# Headers without declarations of their own.
NO_DECLARATIONS = {"config", "v6nf"}

# Layers of the node, lowest first, and the modules of each: a file may include the headers of lower layers, and in its
# own layer those of the modules before it.
NODE_LAYERS = {
    "base": ["version", "status", "send_status", "counters", "core", "packet", "random"],
    "state": ["own_address", "readiness", "neighbor_table", "udp_port", "ping_operations", "notify", "looped", "group",
              "dns", "destination", "path_mtu", "route", "kept", "pending", "fragment", "neighbor"],
    "output": ["hops", "admission", "nexthop", "select", "solicit", "resolve", "output", "deferred", "forward"],
    "protocol": ["icmpv6_error", "mld", "multicast", "announce", "parameter", "router_solicit", "dad", "interface",
                 "temporary", "conflict", "autoconf", "link", "nud", "redirect", "router_advert", "dad_input", "ndp",
                 "icmpv6_received", "reassembly", "gateway", "udp_hand_over", "udp_insert", "udp_no_checksum",
                 "udp", "udp_plain", "udp_verified"],
    "input": ["icmpv6", "ext", "uncommon", "input", "loopback"],
    ".": ["node"],
    "client": ["ping"],
    "client/dhcpv6": ["lease", "delegation", "message", "client"],
}
# Source directories whose objects may call those of the same and of lower ones.
CALLS = ["src/wire", "src/text", "src/table", "src/nf",
         *(os.path.normpath(f"src/node/{layer}") for layer in NODE_LAYERS), "src/router"]
# The settings with which src/ is compiled to see its calls: no others have more of them.
EVERYTHING = ["-DV6NF_PRESET_FULL", "-DV6NF_INVARIANTS"]
# The headers directly in include/v6nf, by who may include whom.
SETTINGS = {"config", "counters", "status", "version"}
NODE = SETTINGS | {"address", "dhcpv6", "dns", "forward", "multicast", "node", "node_state", "ping", "router", "udp"}
LOWEST = {"env", "port"}
TEXT = {"print", "text"}
PROGRAM = NODE | LOWEST | TEXT | {"run", "v6nf"}
# The drivers of PCI cards, which the one that finds them knows.
CARDS = {"driver/e1000e", "driver/igb", "driver/igc", "driver/ixgbe", "driver/virtio", "driver/vmxnet3"}
# Directories of drivers, and those before them whose private headers they may include.
DRIVERS = {"pci": [], "ring": [], "nic": ["pci"], "intel": ["pci", "nic"], "intel/e1000e": ["pci", "nic", "intel"],
           "intel/igb": ["pci", "nic", "intel"], "intel/igc": ["pci", "nic", "intel"],
           "intel/ixgbe": ["pci", "nic", "intel"], "paravirtual": ["nic"], "virtqueue": [],
           "virtio_transport": ["pci"], "virtio": ["nic", "paravirtual", "virtqueue", "virtio_transport"],
           "virtio_ring": ["paravirtual", "virtqueue", "virtio_transport", "virtio"],
           "vmxnet3_queue": [], "vmxnet3": ["pci", "nic", "paravirtual", "vmxnet3_queue"], "card": [],
           "lan9118": ["nic"], "shm": [], "cable": [], "forward": [], "vlan": [], "tap": [], "pcap": [],
           "xdp_interface": [], "xdp_socket": ["xdp_interface"], "xdp": ["xdp_interface", "xdp_socket"]}
# What else of the library a driver may include.
DRIVER_FORMATS = {"vlan": {"wire/bytes", "wire/ether"}}
# Headers of drivers that are parts of others.
PARTS = {"driver/paravirtual", "driver/virtqueue", "driver/virtio_transport", "driver/vmxnet3_queue"}
XDP_PARTS = {"driver/xdp_interface", "driver/xdp_socket"}
HOSTED = {"tap", "pcap", "xdp_interface", "xdp_socket", "xdp"}


def module_of(path):
    """The module of a source: its invariant, X_valid.c, is part of the module X."""
    return path.stem.removesuffix("_valid")


def guard_of(header):
    """The include guard of a public header, whose path starts below include/v6nf."""
    return "V6NF_" + re.sub(r"[/.]", "_", str(header)).upper()


def wire(*names):
    return {f"wire/{name}" for name in names}


def rank(path):
    """Who may call whom: an object calls those of its rank and of lower ranks."""
    directory = str(path.parent)
    layer = os.path.relpath(directory, "src/node")
    modules = NODE_LAYERS.get(layer, []) if directory.startswith("src/node") else []
    return (CALLS.index(directory) if directory in CALLS else len(CALLS),
            modules.index(module_of(path)) if module_of(path) in modules else 0)


def reached_from(calls, start):
    """The objects that calls lead to, one after the other, from `start`."""
    reached, next_ones = set(), set(calls[start])
    while next_ones:
        reached |= next_ones
        next_ones = {path for one in next_ones for path in calls[one]} - reached
    return reached


class Tree:
    """A checkout: which directories it has, and what the files of each may include."""

    def __init__(self, top):
        self.top = pathlib.Path(top)
        headers = self.top / "include" / "v6nf"
        self.public = {str(path.relative_to(headers).with_suffix("")) for path in headers.glob("**/*.h")}

    def headers_of(self, *directories):
        return {name for name in self.public if name.rpartition("/")[0] in directories}

    def layer(self, path):
        """What a file may include: (public headers, directories and modules, any system header); None: everything."""
        parts = path.parts
        directory = str(path.parent)
        if parts[0] == "tests":
            return None
        if parts[0] == "include":
            return self.header_layer(path.relative_to("include/v6nf")), set(), False
        if directory == "src/wire":
            return self.headers_of("wire"), {directory}, False
        if directory == "src/text":
            return TEXT | {"env"} | wire("address"), {directory, "src/wire"}, False
        if directory == "src/table":
            return self.headers_of("table") | wire("bytes"), {directory}, False
        if directory == "src/nf":
            return self.headers_of("nf", "table", "wire"), {directory}, False
        if directory == "src/router":
            return NODE | self.headers_of("router", "nf", "table", "wire"), {directory}, False
        if parts[:2] == ("src", "node"):
            return self.node_layer(str(path.parent.relative_to("src/node")), module_of(path))
        if parts[0] == "drivers":
            return self.driver_layer(str(path.parent.relative_to("drivers")))
        if parts[0] == "env" and len(parts) == 3:
            return self.headers_of("board") | {"env"}, {directory, "env/shared"}, True
        if parts[0] == "examples":
            return self.public, {"examples", directory}, True
        return set(), set(), False

    def node_layer(self, layer, module):
        if module not in NODE_LAYERS.get(layer, []):
            return set(), set(), False
        layers = list(NODE_LAYERS)
        lower = {os.path.normpath(f"src/node/{name}") for name in layers[:layers.index(layer)]}
        before = NODE_LAYERS[layer][:NODE_LAYERS[layer].index(module) + 1]
        modules = {os.path.normpath(f"src/node/{layer}/{name}") for name in before}
        return NODE | self.headers_of("wire", "table"), lower | modules | {"src/table"}, False

    def driver_layer(self, name):
        if name not in DRIVERS:
            return set(), set(), False
        own = {f"driver/{pathlib.Path(name).name}"} | (CARDS if name == "card" else DRIVER_FORMATS.get(name, set()))
        return LOWEST | {"driver/nic", "driver/ring"} | own, {f"drivers/{lower}" for lower in [name, *DRIVERS[name]]}, \
            name in HOSTED

    def header_layer(self, header):
        """What a public header may include: no more than the sources of its layer."""
        directory, name = str(header.parent), header.stem
        if directory == "wire":
            return self.headers_of("wire")
        if directory == "table":
            return self.headers_of("table") | wire("bytes")
        if directory == "nf":
            return self.headers_of("nf", "table", "wire")
        if directory == "router":
            return NODE | self.headers_of("router", "nf", "table", "wire")
        if directory == "driver":
            more = CARDS if name in ("card", "virtio_ring") else PARTS if f"driver/{name}" in CARDS else \
                XDP_PARTS if name == "xdp" else set()
            return LOWEST | {"driver/nic", "driver/ring"} | more
        if directory == "board":
            return {"env"}
        if directory != "." or name not in PROGRAM:
            return set()
        if name in SETTINGS | LOWEST:
            return set()
        if name in TEXT:
            return {"env"} | wire("address")
        return NODE | self.headers_of("wire", "table") if name in NODE else PROGRAM

    def faults(self):
        """One line for each wrong include, stray file or bad header."""
        for path in sorted(self.top.iterdir()):
            if not path.name.startswith(".") and path.name not in TOP | {BUILD}:
                yield f"{path.name}: does not belong on the top level"
        for path in self.sources():
            yield from self.include_faults(path)
        for path in sorted(self.top.glob("include/**/*.h")):
            yield from self.header_faults(path)
        yield from self.module_faults()

    def module_faults(self):
        """The lists of modules name each file of the node, and nothing else."""
        listed = {os.path.normpath(f"src/node/{layer}/{name}")
                  for layer, names in NODE_LAYERS.items() for name in names}
        found = {path: str(path.parent / module_of(path)) for path in self.sources()
                 if path.parts[:2] == ("src", "node")}
        for path, module in found.items():
            if module not in listed:
                yield f"{path}: layers.py does not know this module: name it in NODE_LAYERS"
        if len(found) > len(listed):  # not so in the small trees of the self-check
            for module in sorted(listed - set(found.values())):
                yield f"{module}: layers.py names a module that does not exist"

    def call_faults(self):
        """Compile each source of src/ and look at who defines what it needs."""
        objects = sorted(path for path in self.sources() if path.parts[0] == "src" and path.suffix == ".c")
        with tempfile.TemporaryDirectory() as work, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            outputs = [f"{work}/{number}.o" for number in range(len(objects))]
            symbols = dict(zip(objects, pool.map(self.symbols, objects, outputs)))
        defined = {name: path for path, (own, _) in symbols.items() for name in own}
        needed = {path: undefined & set(defined) for path, (_, undefined) in symbols.items()}
        for path in objects:
            for name in sorted(needed[path]):
                if rank(defined[name]) > rank(path):
                    yield f"{path}: may not call {name}() of {defined[name]}, which is above it"
        calls = {path: {defined[name] for name in needed[path]} for path in objects}
        for path in objects:
            if path in reached_from(calls, path):
                yield f"{path}: reaches itself through its calls"

    def symbols(self, path, output):
        """The symbols that the object of a source defines, and those that it needs."""
        # Calls that the optimizer would remove count, too, except those in dead code.
        command = [COMPILERS["C"][0], "-std=c11", "-ffreestanding", "-O1", "-fno-inline", "-w", *EVERYTHING,
                   f"-I{self.top}/include", "-c",
                   "-o", output, str(self.top / path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return set(), set()  # the build says so
        listed = subprocess.run(["nm", "--format=posix", "--extern-only", output], capture_output=True, text=True,
                                check=True).stdout
        pairs = [line.split()[:2] for line in listed.splitlines()]
        return {name for name, kind in pairs if kind != "U"}, {name for name, kind in pairs if kind == "U"}

    def sources(self):
        for directory in ("src", "include", "drivers", "env", "examples"):
            for path in sorted(self.top.glob(f"{directory}/**/*")):
                if path.suffix in {".c", ".h", ".S"}:
                    yield path.relative_to(self.top)

    def include_faults(self, path):
        rules = self.layer(path)
        text = (self.top / path).read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            directive = re.match(r"\s*#\s*include\s*(.*)", line)
            if directive and not self.is_allowed(path, directive.group(1), rules):
                yield f"{path}:{number}: its layer may not include {directive.group(1)}"

    def is_allowed(self, path, what, rules):
        if rules is None:
            return True
        public, folders, any_system = rules
        name = re.match(r'"([^"]+)"|<([^>]+)>', what)
        if not name:
            return False
        target = self.resolve(path, name.group(1)) if name.group(1) else self.resolve_public(name.group(2))
        if target is None:
            return bool(name.group(2)) and (any_system or name.group(2) in STANDARD)
        if target.parts[:2] == ("include", "v6nf"):
            return str(target.relative_to("include/v6nf").with_suffix("")) in public
        return str(target.parent) in folders or str(target.with_suffix("")) in folders

    def resolve(self, path, name):
        """The file that #include "name" in `path` means, or None."""
        neighbor = pathlib.Path(os.path.normpath(path.parent / name))
        if path.parts[0] == "env" and not (self.top / neighbor).is_file():
            neighbor = pathlib.Path("env/shared", name)  # where the build looks for what boards share
        return neighbor if (self.top / neighbor).is_file() else self.resolve_public(name)

    def resolve_public(self, name):
        target = pathlib.Path("include") / name
        return target if (self.top / target).is_file() else None

    def header_faults(self, path):
        name = path.relative_to(self.top)
        header = name.relative_to("include/v6nf")
        if str(header.parent) == "." and header.stem not in PROGRAM:
            yield f"{name}: layers.py does not know who may include this header: name it in SETTINGS, NODE or PROGRAM"
        guard = guard_of(header)
        if not re.search(rf"^#ifndef {guard}\n#define {guard}$.*^#endif\s*\Z", path.read_text(encoding="utf-8"),
                         re.MULTILINE | re.DOTALL):
            yield f"{name}: has no include guard {guard}"
        text = path.read_text(encoding="utf-8")
        if str(header.with_suffix("")) not in NO_DECLARATIONS and 'extern "C" {' not in text:
            yield f'{name}: has no extern "C"'
        # A translation unit may not be empty (C11, 6.9), and a header of macros alone leaves it so.
        source = f'#include "v6nf/{header}"\nextern int not_empty;\n'
        for language, compiler in COMPILERS.items():
            command = [*compiler, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{self.top}/include", "-"]
            done = subprocess.run(command, input=source, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                yield f"{name}: does not compile alone in {language}:\n{done.stderr}"


# A checkout in which every include is right ...
GOOD = {
    "include/v6nf/wire/bytes.h": "#include <stdint.h>",
    "include/v6nf/table/map.h": '#include "../wire/bytes.h"',
    "include/v6nf/node.h": '#include "wire/bytes.h"',
    "include/v6nf/port.h": "#include <stdbool.h>",
    "include/v6nf/env.h": "#include <stddef.h>",
    "include/v6nf/v6nf.h": '#include "node.h"\n#include "port.h"',
    "include/v6nf/driver/cable.h": '#include "../port.h"',
    "src/wire/text.h": "#include <stdint.h>",
    "src/wire/bytes.c": '#include "v6nf/wire/bytes.h"\n#include "text.h"',
    "src/table/map.c": '#include "v6nf/table/map.h"',
    "src/node/base/core.h": '#include "v6nf/node.h"\n#include <string.h>',
    "src/node/base/core.c": '#include "core.h"\nint core(void);\nint core(void) { return 0; }',
    "src/node/state/destination.h": '#include "../base/core.h"',
    "src/node/state/destination.c": '#include "destination.h"\nint core(void);\nint destination(void);\n'
                                    'int destination(void) { return core(); }',
    "src/node/state/route.h": '#include "../base/core.h"\n#include "destination.h"',
    "src/node/state/route.c": '#include "route.h"\nint destination(void);\nint route(void);\n'
                              'int route(void) { return destination(); }',
    "src/wire/address.c": "int address(void);\nint text(void);\nint address(void) { return text(); }",
    "src/wire/text.c": "int text(void);\nint text(void) { return 0; }",
    "src/node/state/route_valid.c": '#include "route.h"',
    "src/node/node.c": '#include "v6nf/node.h"\n#include "base/core.h"\n#include "state/route.h"',
    "src/nf/limit.c": '#include "v6nf/table/map.h"',
    "drivers/pci/pci.h": '#include "v6nf/env.h"',
    "drivers/cable/cable.c": '#include "v6nf/driver/cable.h"',
    "drivers/vmxnet3/vmxnet3.c": '#include "../pci/pci.h"',
    "drivers/tap/tap.c": '#include "v6nf/port.h"\n#include <unistd.h>',
    "env/linux/env.c": '#include "v6nf/env.h"\n#include <time.h>',
    "env/shared/parts.h": '#include "v6nf/env.h"',
    "env/pc/env.c": '#include "parts.h"',
    "examples/program.h": "#include <stdint.h>",
    "examples/echo/echo.c": '#include <stdio.h>\n#include <v6nf/v6nf.h>\n#include "../program.h"',
    "examples/linux/main.c": '#include <stdio.h>\n#include "v6nf/driver/cable.h"\n#include "../program.h"',
    "examples/ping/ping.h": "#include <stdint.h>",
    "tests/unit/node/test_node.c": '#include "../../../src/node/anything.h"',
    "README.md": "",
}
# ... and, one at a time, files that are wrong, each with a word of the report that it must cause.
WRONG = [
    ("include/v6nf/wire/bytes.h", "#include <stdio.h>", "may not include <stdio.h>"),
    ("include/v6nf/wire/bytes.h", '#include "../node.h"', 'may not include "../node.h"'),
    ("include/v6nf/table/map.h", '#include "../node.h"', 'may not include "../node.h"'),
    ("include/v6nf/node.h", '#include "port.h"', 'may not include "port.h"'),
    ("include/v6nf/node.h", '#include "driver/cable.h"', 'may not include "driver/cable.h"'),
    ("include/v6nf/port.h", '#include "env.h"', 'may not include "env.h"'),
    ("include/v6nf/driver/cable.h", '#include "../node.h"', 'may not include "../node.h"'),
    ("include/v6nf/strange.h", "#include <stdint.h>", "does not know who"),
    ("src/wire/bytes.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("src/wire/bytes.c", "#include <v6nf/env.h>", "may not include <v6nf/env.h>"),
    ("src/wire/bytes.c", "#include <stdlib.h>", "may not include <stdlib.h>"),
    ("src/wire/bytes.c", "#include HEADER", "may not include HEADER"),
    ("src/table/map.c", '#include "../wire/text.h"', "may not include"),
    ("src/node/node.c", '#include "v6nf/port.h"', 'may not include "v6nf/port.h"'),
    ("src/node/node.c", '#include "../../drivers/cable/cable.c"', "may not include"),
    ("src/node/base/core.h", '#include "../state/route.h"', "may not include"),
    ("src/node/other/route.c", '#include "../base/core.h"', "may not include"),
    ("src/node/state/destination.h", '#include "route.h"', 'may not include "route.h"'),
    ("src/node/state/unlisted.h", "#include <stdint.h>", "does not know this module"),
    ("src/nf/limit.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("src/other.c", '#include "v6nf/wire/bytes.h"', 'may not include "v6nf/wire/bytes.h"'),
    ("drivers/cable/cable.c", '#include "v6nf/node.h"', 'may not include "v6nf/node.h"'),
    ("drivers/cable/cable.c", "#include <stdio.h>", "may not include <stdio.h>"),
    ("drivers/cable/cable.c", '#include "../pci/pci.h"', "may not include"),
    ("drivers/other/card.c", '#include "v6nf/env.h"', "may not include"),
    ("drivers/tap/tap.c", '#include "v6nf/driver/cable.h"', 'may not include "v6nf/driver/cable.h"'),
    ("env/shared/parts.h", '#include "../pc/env.c"', "may not include"),
    ("env/linux/env.c", '#include "v6nf/port.h"', 'may not include "v6nf/port.h"'),
    ("examples/echo/echo.c", '#include "../../src/wire/text.h"', "may not include"),
    ("examples/echo/echo.c", '#include "../ping/ping.h"', "may not include"),
    ("scripts/x.sh", "", "does not belong on the top level"),
]
# The same for calls, which no include shows.
WRONG_CALLS = [
    ("src/node/base/core.c", "int route(void);\nint core(void);\nint core(void) { return route(); }",
     "may not call route()"),
    ("src/node/state/destination.c",
     "int route(void);\nint destination(void);\nint destination(void) { return route(); }",
     "may not call route()"),
    ("src/wire/text.c", "int core(void);\nint text(void);\nint text(void) { return core(); }", "may not call core()"),
    ("src/wire/text.c", "int address(void);\nint text(void);\nint text(void) { return address(); }", "reaches itself"),
]


EXTERN_C = '#ifdef __cplusplus\nextern "C" {\n#endif\n#ifdef __cplusplus\n}\n#endif'


def write(top, path, text):
    if path.startswith("include/"):
        guard = guard_of(pathlib.Path(path).relative_to("include/v6nf"))
        text = f"#ifndef {guard}\n#define {guard}\n{text}\n{EXTERN_C}\n#endif\n"
    file = pathlib.Path(top) / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def faults_with(files, check=Tree.faults):
    """What is reported of a tree with the right files, some of them replaced by `files`."""
    with tempfile.TemporaryDirectory() as top:
        for path, text in (GOOD | files).items():
            write(top, path, text)
        return list(check(Tree(top)))


def self_check():
    """Sees that right files are not reported and that each wrong one is, alone."""
    good = faults_with({}) + faults_with({}, Tree.call_faults)
    if good:
        yield f"self-check: reported without reason: {good}"
    cases = [(Tree.faults, case) for case in WRONG] + [(Tree.call_faults, case) for case in WRONG_CALLS]
    for check, (path, text, report) in cases:
        found = faults_with({path: text}, check)
        if not any(fault.startswith(path.split("/")[0] if report.endswith("level") else path) and report in fault
                   for fault in found):
            yield f"self-check: {path} with {text!r}: not reported as \"{report}\", but {found}"
    with tempfile.TemporaryDirectory() as top:
        for path, text in GOOD.items():
            write(top, path, text)
        headers = pathlib.Path(top, "include", "v6nf")
        headers.joinpath("wire", "ndp.h").write_text("struct v6nf_no_guard;\n", encoding="utf-8")
        write(top, "include/v6nf/wire/udp.h", "uint8_t v6nf_not_alone(void);")
        write(top, "include/v6nf/wire/mld.h", "struct v6nf_new {\n    char *new;\n};")
        found = "\n".join(Tree(top).faults())
        for report in ("wire/ndp.h: has no include guard", 'wire/ndp.h: has no extern "C"',
                       "wire/udp.h: does not compile alone in C:", "wire/mld.h: does not compile alone in C++"):
            if report not in found:
                yield f"self-check: not reported: {report}"


def main():
    tree = Tree(pathlib.Path(__file__).resolve().parents[2])
    faults = [*self_check(), *tree.faults(), *tree.call_faults()]
    for fault in faults:
        print(fault)
    count = len(list(tree.sources()))
    if count == 0:
        faults.append("no source file found")
    print(f"{count} files read, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
