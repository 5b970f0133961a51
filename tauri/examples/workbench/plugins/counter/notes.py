"""The notes of the workspace, and what is in them."""

import pathlib

WORKSPACE = pathlib.Path("/workspace")


def all_notes():
    """The Markdown files of the workspace, sorted. Links are left out: they may lead anywhere."""
    found = (path for path in WORKSPACE.rglob("*.md") if path.is_file() and not path.is_symlink())
    return sorted(found)


def name(path):
    return path.relative_to(WORKSPACE).as_posix()


def count(path):
    """Lines, words and bytes of a note. It is read line by line, so that a large one takes no memory."""
    lines = words = size = 0
    with path.open("rb") as note:
        for line in note:
            lines += line.endswith(b"\n")
            words += len(line.split())
            size += len(line)
    return {"file": name(path), "lines": lines, "words": words, "bytes": size}


def state():
    """What tells that a note has changed: when, and how large it is."""
    seen = {}
    for path in all_notes():
        try:
            about = path.stat()
        except FileNotFoundError:
            continue  # it went between the two looks
        seen[name(path)] = (about.st_mtime_ns, about.st_size)
    return seen
