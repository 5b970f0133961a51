"""The report, as Markdown."""


def page(measured, skipped):
    parts = ["# What the tables say\n"]
    for table in measured:
        parts.append(f"\n## {plain(table['file'])}\n\n{table['rows']} rows.\n\n")
        parts += [f"- {plain(line)}\n" for line in table["notable"]]
        parts.append("\n| column | mean | deviation | least | quartiles | most | slope | correlation |\n")
        parts.append("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
        parts += [row(name, column) for name, column in table["columns"].items()]
    for one in skipped:
        parts.append(f"\n{plain(one['file'])} is left out: {plain(one['why'])}.\n")
    return "".join(parts)


def row(name, column):
    quartiles = " · ".join(map(figure, column["quartiles"]))
    cells = [plain(name), figure(column["mean"]), figure(column["deviation"])]
    cells += [figure(column["least"]), quartiles, figure(column["most"])]
    cells += [figure(column.get("slope")), figure(column.get("correlation"))]
    return f"| {' | '.join(cells)} |\n"


def figure(value):
    return "–" if value is None else f"{value:.4g}"


def plain(text):
    """Names come from the tables, so from whoever wrote them: they stay text."""
    kept = "".join(c if c.isprintable() else "?" for c in text)
    return "".join("\\" + c if c in "\\`*_[]<>|#!&" else c for c in kept)
