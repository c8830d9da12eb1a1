#!/usr/bin/env python3
"""Check that the pages are true: their programs compile, their commands and tests exist, their links and paths
lead somewhere. Headings, tables and lists have a form that a browser shows as such.

usage: readme.py BUILD_DIRECTORY

Blocks of a page, by the word behind the fence:

  c       A program with main() is compiled and linked with the library. Any other block is compiled only. A fragment
          needs something around it, in an HTML comment directly before the block: <!-- before: CODE -->. Braces that
          it leaves open are closed behind the block.
  cmake   The block is configured and built as a user's project, with the page's first program as program.c. A block
          for a board is a whole CMakeLists.txt, which install_board.py builds.
  sh      The block must parse, and so must the lines of a block that is indented by four spaces. The scripts, presets
          and examples that they name must exist.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MAX_PROGRAM_LINES = 30
MAX_README_LINES = 120
WARNINGS = ["-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-Wno-unused-function", "-Wno-unused-variable",
            "-Wno-unused-but-set-variable"]
# Public headers, and those that the pages of examples and tests use.
INCLUDE = ["include", "examples/nf", "tests/conformance", "tests/unit/node"]

BLOCK = re.compile(r"(?:^<!-- before:(.*?)-->\n\n?)?^( *)```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+\.(?:c|h|py|sh|S|ld|md|cmake))(?:`|:)")
FUNCTION = re.compile(r"`([a-z0-9_]+)\(\)")
TESTS = re.compile(r"`(test_\w+)`: ((?:`(?!test_)\w+`(?:, )?)+)")
TEST = re.compile(r"\b(?:cmocka_unit_test\w*|TEST)\((\w+)")
COMMAND = re.compile(r"^(?:sh|python3) ((?:tests|examples|env|drivers)/[\w./-]+)|cmake (?:--build )?--preset ([\w-]+)"
                     r"|build/\w+/examples/(\w+)", re.MULTILINE)


def run(command, **options):
    """Return what a command printed, or "" if it succeeded."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    return done.stdout or f"exit status {done.returncode}\n" if done.returncode != 0 else ""


def files():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, stdout=subprocess.PIPE,
                            text=True, check=True)
    return [path for path in listed.stdout.splitlines() if os.path.exists(os.path.join(ROOT, path))]


def functions():
    """Return every name before a parenthesis in code, and functions of other programs that pages name."""
    names = {"execve", "quick_exit", "virtqueue_drop_all", "ethernet_input"}
    for path in files():
        if path.endswith((".c", ".h", ".S", ".py", ".sh", "CMakeLists.txt")) and not path.endswith("readme.py"):
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                names |= set(re.findall(r"(\w+)\(", file.read()))
    return names


# Files of other projects and of an installed package have a name here, too.
NAMES = {os.path.basename(path) for path in files()} | {"smsc911x.c", "compiler.cmake"}
FUNCTIONS = functions()


def anchors(text):
    """Return the anchors that GitHub makes of the headings of a page."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def form_faults(text):
    """Check that headings have a space, and that no line of a table or a list is split."""
    prose = re.sub(r"^ *```.*?^ *```$|<!--.*?-->", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [*prose.splitlines(), ""]
    for line, following in zip(lines, lines[1:]):
        if re.match(r"#+[^# ]", line):
            yield f"a heading without a space: {line}"
        if line.startswith("|") and not (line.endswith("|") and re.match(r"\||\s*$", following)):
            yield f"a row of a table is split: {line}"
        if re.match(r"[-*] |\d+\. ", line) and not re.match(r"\s|[-*] |\d+\. |$", following):
            yield f"a line of a list is split: {line}"


def link_faults(folder, text):
    for link in LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = os.path.join(folder, path) if path else None
        if target and not os.path.exists(target):
            yield f"nothing is at {link}"
        elif anchor and anchor not in anchors(open(target, encoding="utf-8").read() if target else text):
            yield f"no heading is at {link}"


def path_faults(folder, text):
    """Check the paths and functions in backquotes. A path is relative to the page, its parent, the root, the sources or
    the headers. A name without a directory must be that of some file."""
    bases = (folder, os.path.dirname(folder), ROOT, os.path.join(ROOT, "src"), os.path.join(ROOT, "include"))
    for path in sorted(set(PATH.findall(text))):
        is_variable = re.search(r"[A-Z]{4}", path.replace("README", "")) # NAME, BOARD
        is_ours = not is_variable and not path.startswith(("build/", "lib/", "sddf/"))
        is_there = path in NAMES or any(os.path.exists(os.path.join(base, path)) for base in bases)
        if is_ours and not is_there:
            yield f"there is no {path}"
    for name in sorted(set(FUNCTION.findall(text)) - FUNCTIONS):
        yield f"there is no function {name}()"


def tests():
    """Return the tests of each program in CMocka."""
    found = {}
    for path in files():
        if re.match(r"tests/(unit/\w+|model)/test_\w+\.c$", path):
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                found[os.path.basename(path)[:-2]] = set(TEST.findall(file.read()))
    return found


def test_faults(text):
    """Check the tests that a page names: `test_PROGRAM`: `TEST`, `TEST`."""
    known = tests()
    for program, names in TESTS.findall(text):
        for name in re.findall(r"\w+", names):
            if name not in known.get(program, ()):
                yield f"there is no {name} in {program}"


def presets():
    with open(os.path.join(ROOT, "CMakePresets.json"), encoding="utf-8") as file:
        return {preset["name"] for preset in json.load(file)["configurePresets"]}


def command_faults(text):
    """Check the scripts, presets and programs that commands name."""
    for script, preset, program in COMMAND.findall(text):
        if script and not os.path.exists(os.path.join(ROOT, script)):
            yield f"there is no script {script}"
        if preset and preset.isalnum() and preset.islower() and preset not in presets():
            yield f"there is no preset {preset}"
        is_folder = os.path.isdir(os.path.join(ROOT, "examples", program))
        if program and not is_folder and not re.match(r"nf_|dpdk_", program):
            yield f"there is no example {program}"


def shell_faults(text):
    with tempfile.NamedTemporaryFile("w", suffix=".sh") as file:
        file.write(text)
        file.flush()
        message = run(["sh", "-n", file.name])
    if message:
        yield f"a shell block does not parse: {message}"


def unclosed(code):
    """Return the number of braces that code leaves open."""
    plain = re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', "", code, flags=re.DOTALL)
    return plain.count("{") - plain.count("}")


def compile_block(before, block, libraries):
    """Return the compiler's message, or "" if the block compiles."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "program.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(before + "\n" + block + "}\n" * unclosed(before + block))
        command = ["cc", *WARNINGS, *(f"-I{os.path.join(ROOT, path)}" for path in INCLUDE), source]
        if re.search(r"^int main\(", before + block, re.MULTILINE):
            command += [os.path.join(libraries, "libv6nf_linux.a"), os.path.join(libraries, "libv6nf.a")]
        else:
            command += ["-c", "-Wno-unused-parameter"]
        return run([*command, "-o", os.path.join(folder, "program")])


def configure_block(block, program, libraries):
    """Return the message of CMake, or "" if a project with the block builds from an installed library."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "program.c"), "w", encoding="utf-8") as file:
            file.write(program)
        with open(os.path.join(folder, "CMakeLists.txt"), "w", encoding="utf-8") as file:
            file.write("cmake_minimum_required(VERSION 3.25)\nproject(page C)\n" + block)
        prefix, build = os.path.join(folder, "prefix"), os.path.join(folder, "build")
        return (run(["cmake", "--install", libraries, "--prefix", prefix])
                or run(["cmake", "-S", folder, "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"])
                or run(["cmake", "--build", build]))


def block_faults(text, libraries):
    program = None
    for before, indent, language, block in BLOCK.findall(text):
        block = re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
        message = ""
        if language == "c":
            program = program or block
            message = compile_block(before, block, libraries)
        elif language == "cmake" and "v6nf::board" not in block:
            message = configure_block(block, program or "", libraries)
        elif language == "sh":
            yield from shell_faults(block)
        elif language != "cmake":
            yield f"a block of unknown language {language}: write c, cmake or sh"
        if message:
            message = "\n".join(message.splitlines()[:12])
            yield f"a {language} block does not build:\n{block}\n{message}"


def readme_faults(text):
    """Check the front page: short, and with one program."""
    programs = [block for _, _, language, block in BLOCK.findall(text) if language == "c"]
    if len(programs) != 1 or programs[0].count("\n") > MAX_PROGRAM_LINES:
        yield f"not one program of at most {MAX_PROGRAM_LINES} lines"
    if text.count("\n") > MAX_README_LINES:
        yield f"{text.count(chr(10))} lines, more than {MAX_README_LINES}"


def page_faults(path, libraries):
    folder = os.path.dirname(os.path.join(ROOT, path))
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = file.read()
    yield from form_faults(text)
    yield from link_faults(folder, text)
    if path != "CHANGELOG.md":  # it names what earlier versions had
        yield from path_faults(folder, text)
    yield from test_faults(text)
    yield from command_faults("\n".join(line.strip(" `") for line in text.splitlines()))
    yield from block_faults(text, libraries)
    if path == "README.md":
        yield from readme_faults(text)


def self_check(libraries):
    """See that a fault of each kind is found, and that a right page has none."""
    fence = "```"
    for text, wrong in (("#A", True), ("# A\n\n| a |\n|---|\n| b |\n\n- c\n  d", False), ("| a;\nb |", True),
                        ("| a |\nb | c |", True), ("- a;\nb", True),
                        ("[a](nowhere.md)", True), ("[a](#b)\n\n## B", False), ("[a](#c)\n\n## B", True),
                        ("`drivers/no.c`", True), ("`drivers/tap/tap.c`", False),
                        ("`tap.c`: `poll()`", False), ("`no_file.c`", True), ("`never()`", True),
                        ("`test_udp`: `bind_reports_each_error`", False), ("`test_udp`: `never`", True),
                        ("    sh tests/no.sh", True),
                        (f"{fence}c\nint f(void) {{ return g(); }}\n{fence}\n", True),
                        (f"<!-- before: int g(void); int f(void) {{ -->\n{fence}c\nreturn g();\n{fence}\n", False),
                        (f"{fence}sh\nif true\n{fence}\n", True)):
        found = [*form_faults(text), *link_faults(ROOT, text), *path_faults(ROOT, text), *test_faults(text),
                 *block_faults(text, libraries), *command_faults(text.strip())]
        if bool(found) != wrong:
            yield f"self-check: {text!r}: {found or 'no fault found'}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    libraries = os.path.abspath(sys.argv[1])
    found = list(self_check(libraries))
    paths = [path for path in files() if path.endswith(".md")]
    for path in paths:
        found += [f"{path}: {fault}" for fault in page_faults(path, libraries)]
    print("\n".join(found) or f"{len(paths)} pages: programs build, commands, paths and links exist")
    sys.exit(1 if found or not paths else 0)


if __name__ == "__main__":
    main()
