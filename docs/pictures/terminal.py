#!/usr/bin/env python3
"""Makes the pictures of the documents: runs a command in a terminal of its own and draws, as SVG,
what that terminal shows when the command has ended. Only maintainers need it.

    docs/pictures/terminal.py OUT.svg --columns 104 --shown 'aether doctor' -- aether doctor

`--answer TEXT` is typed when the command asks "[N]o". `--last N` keeps the last N lines.
"""

import argparse
import fcntl
import os
import pty
import re
import struct
import termios
import unicodedata
from html import escape

PALETTE = {
    30: "#6e7681", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341",
    34: "#79c0ff", 35: "#d2a8ff", 36: "#76e3ea", 37: "#e6edf3",
}
TEXT, DIM, GROUND = "#e6edf3", "#8b949e", "#0d1117"
CELL, LINE, SIZE, MARGIN, BAR = 8.4, 19, 14, 18, 34


def record(command, columns, rows, answer):
    """Everything that the command writes to its terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    written = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            break
        if not part:
            break
        written += part
        if answer and b"[N]o" in part:
            os.write(terminal, answer.encode() + b"\n")
            answer = None
    os.waitpid(child, 0)
    return written.decode()


class Screen:
    """A terminal without a bottom: as much of ECMA-48 as the command uses."""

    def __init__(self, columns):
        self.columns, self.row, self.column, self.style, self.lines = columns, 0, 0, (), [{}]

    def write(self, text):
        for part in re.split(r"(\x1b\[[0-9;?]*[A-Za-z]|\x1b.|[\r\n\b])", text):
            if part == "\r":
                self.column = 0
            elif part == "\n":
                self.down()
            elif part == "\b":
                self.column = max(0, self.column - 1)
            elif part.startswith("\x1b["):
                self.control(part[2:-1], part[-1])
            elif not part.startswith("\x1b"):
                for character in part:
                    self.put(character)

    def put(self, character):
        if self.column >= self.columns:
            self.column = 0
            self.down()
        self.lines[self.row][self.column] = (character, self.style)
        self.column += 2 if unicodedata.east_asian_width(character) in "WF" else 1

    def down(self):
        self.row += 1
        while len(self.lines) <= self.row:
            self.lines.append({})

    def control(self, arguments, letter):
        numbers = [int(number) for number in re.findall(r"\d+", arguments)]
        first = numbers[0] if numbers else 0
        line = self.lines[self.row]
        if letter == "m":
            self.style = self.styled(numbers or [0])
        elif letter == "K":
            keep = {0: lambda c: c < self.column, 1: lambda c: c > self.column, 2: lambda c: False}[first]
            self.lines[self.row] = {c: cell for c, cell in line.items() if keep(c)}
        elif letter == "J":
            self.lines[self.row] = {c: cell for c, cell in line.items() if c < self.column}
            del self.lines[self.row + 1:]
        elif letter == "A":
            self.row = max(0, self.row - max(1, first))
        elif letter == "B":
            for _ in range(max(1, first)):
                self.down()
        elif letter == "C":
            self.column += max(1, first)
        elif letter == "D":
            self.column = max(0, self.column - max(1, first))
        elif letter == "G":
            self.column = max(1, first) - 1

    def styled(self, numbers):
        style = set(self.style)
        numbers = list(numbers)
        while numbers:
            number = numbers.pop(0)
            if number in (38, 48) and numbers[:1] == [5]:
                # One of the first sixteen of 256 colours, as tmux has them; grounds are not drawn.
                colour = numbers[1] % 8 + 30 if numbers[1] < 16 else 37
                del numbers[:2]
                style = style - set(PALETTE) | {colour} if number == 38 else style
            elif number == 0:
                style = set()
            elif number == 22:
                style -= {1, 2}
            elif number in (24, 27):
                style.discard(number - 20)
            elif number == 39:
                style -= set(PALETTE)
            elif number == 49:
                pass
            else:
                style.add(number)
        return tuple(sorted(style))

    def runs(self):
        """Each line as pieces of one style: (column, text, style)."""
        for line in self.lines:
            pieces = []
            for column in sorted(line):
                character, style = line[column]
                if pieces and pieces[-1][2] == style and pieces[-1][0] + len(pieces[-1][1]) == column:
                    pieces[-1][1] += character
                else:
                    pieces.append([column, character, style])
            yield [piece for piece in pieces if piece[1].strip() or 7 in piece[2]]


def draw(lines, columns, title):
    width, height = columns * CELL + 2 * MARGIN, len(lines) * LINE + BAR + MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title, True)}">',
        f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>',
        *(f'<circle cx="{22 + 20 * i}" cy="18" r="6" fill="#30363d"/>' for i in range(3)),
        f'<g font-family="ui-monospace,\'DejaVu Sans Mono\',Menlo,Consolas,monospace" '
        f'font-size="{SIZE}" fill="{TEXT}">',
    ]
    for number, pieces in enumerate(lines):
        y = BAR + LINE * number + SIZE
        for column, text, style in pieces:
            colour = next((PALETTE[code] for code in style if code in PALETTE), DIM if 2 in style else None)
            if 7 in style:
                out.append(f'<rect x="{MARGIN + column * CELL:.1f}" y="{y - SIZE}" '
                           f'width="{len(text) * CELL:.1f}" height="{LINE}" fill="{colour or TEXT}"/>')
                colour = GROUND
            look = f' fill="{colour}"' if colour else ""
            look += ' font-weight="bold"' if 1 in style else ""
            # Word by word at its place, whatever the width of the reader's font.
            for word in re.finditer(r"\S+", text):
                x = MARGIN + (column + word.start()) * CELL
                length = f' textLength="{len(word[0]) * CELL:.1f}"'
                out.append(f'<text x="{x:.1f}" y="{y}"{look}{length}>{escape(word[0])}</text>')
    return "\n".join([*out, "</g>", "</svg>", ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out")
    parser.add_argument("--columns", type=int, default=104)
    parser.add_argument("--shown", required=True, help="the command as a person would type it")
    parser.add_argument("--answer")
    parser.add_argument("--last", type=int)
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    screen = Screen(arguments.columns)
    screen.write(record(arguments.command, arguments.columns, 60, arguments.answer))
    lines = list(screen.runs())
    while lines and not lines[-1]:
        lines.pop()
    if arguments.last:
        lines = lines[-arguments.last:]
    typed = [[[2, line, (1,)]] for line in arguments.shown.split("\n")]
    typed[0].insert(0, [0, "$", (32,)])
    lines = typed + lines
    with open(arguments.out, "w", encoding="utf-8") as file:
        file.write(draw(lines, arguments.columns, arguments.shown))


if __name__ == "__main__":
    main()
