#!/usr/bin/env python3
"""What the README says is so: its program builds in under 30 lines, and its links lead somewhere.

usage: readme.py BUILD_DIRECTORY
"""
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def programs(text):
    return re.findall(r"^```c\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def dead_links(text, folder):
    links = re.findall(r"\]\(([^)#]+)\)", text)
    return [link for link in links if "://" not in link and not os.path.exists(os.path.join(folder, link))]


def build(program, libraries):
    """Returns what the compiler says, or "" if the program builds."""
    with tempfile.TemporaryDirectory() as folder:
        source = os.path.join(folder, "program.c")
        with open(source, "w", encoding="utf-8") as file:
            file.write(program)
        command = ["cc", "-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I" + os.path.join(ROOT, "include"), source,
                   os.path.join(libraries, "libv6nf_linux.a"), os.path.join(libraries, "libv6nf.a"),
                   "-o", os.path.join(folder, "program")]
        return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False).stderr


def faults(libraries):
    for folder, _, files in os.walk(ROOT):
        if "build" in folder.split(os.sep) or ".git" in folder.split(os.sep) or "README.md" not in files:
            continue
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as file:
            text = file.read()
        name = os.path.relpath(os.path.join(folder, "README.md"), ROOT)
        for link in dead_links(text, folder):
            yield f"{name}: nothing is at {link}"
        if folder == ROOT:
            found = programs(text)
            if len(found) != 1:
                yield f"{name}: {len(found)} programs, not one"
            for program in found:
                if program.count("\n") >= 30:
                    yield f"{name}: the smallest program has {program.count(chr(10))} lines"
                message = build(program, libraries)
                if message:
                    yield f"{name}: the program does not build:\n{message}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    found = list(faults(os.path.abspath(sys.argv[1])))
    print("\n".join(found) or "the README's program builds, and all links lead somewhere")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
