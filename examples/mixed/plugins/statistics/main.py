"""Measures columns of numbers, and writes a report about them."""

import door
import figures
import writing


def measure(given):
    """The figures of every table, with what is notable in each."""
    tables = [figures.of_table(table) for table in given["tables"]]
    door.log(f"measured {len(tables)} table(s)")
    return tables


def report(given):
    """Writes ./out/tables.md, and returns what stands out."""
    path = "out/tables.md"
    with open(path, "w", encoding="utf-8") as file:
        file.write(writing.page(given["measured"], given["skipped"]))
    notable = [f"{table['file']}: {line}" for table in given["measured"] for line in table["notable"]]
    return {"report": path, "notable": notable}


door.serve(measure, report)
