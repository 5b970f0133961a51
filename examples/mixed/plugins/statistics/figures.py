"""What can be said of columns of numbers."""

import statistics

# A change of level is looked for in columns of at least so many rows.
LEAST_ROWS = 20

# How much less the values must scatter around two means than around one to speak of a change.
SHARP = 0.75


def of_table(table):
    """The figures of a table: each column, and each column against the first."""
    columns = table["columns"]
    (first, order), *others = columns.items()
    measured = {name: of_column(values) for name, values in columns.items()}
    notable = []
    for name, values in others:
        measured[name]["slope"], measured[name]["correlation"] = line(order, values)
        notable += shift(name, values, first, order)
    for name, column in measured.items():
        if column["outliers"]:
            shown = ", ".join(f"{value:g}" for value in column["outliers"][:5])
            notable.append(f"{name} has {len(column['outliers'])} outlier(s): {shown}")
    return {"file": table["file"], "rows": table["rows"], "columns": measured, "notable": notable}


def of_column(values):
    low, median, high = quartiles(values)
    reach = 1.5 * (high - low)  # Tukey's fences
    return {
        "mean": statistics.fmean(values),
        "deviation": statistics.stdev(values) if len(values) > 1 else 0.0,
        "least": min(values),
        "quartiles": [low, median, high],
        "most": max(values),
        "outliers": sorted(v for v in values if not low - reach <= v <= high + reach),
    }


def quartiles(values):
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def line(xs, ys):
    """Slope and correlation of the straight line through the points; none where there is none."""
    if len(xs) != len(ys) or len(set(xs)) < 2 or len(set(ys)) < 2:
        return None, None
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    xx = sum((x - mean_x) ** 2 for x in xs)
    yy = sum((y - mean_y) ** 2 for y in ys)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys))
    return xy / xx, xy / (xx * yy) ** 0.5


def shift(name, values, first, order):
    """Where the values change their level, if they do so once and clearly."""
    if len(values) < LEAST_ROWS or order != sorted(order):
        return []
    whole, all_squares = sum(values), sum(v * v for v in values)
    around_one = all_squares - whole * whole / len(values)
    if around_one == 0:
        return []
    best, at, before = around_one, None, 0.0
    for count, value in enumerate(values[:-1], start=1):
        before += value
        after = whole - before
        rest = len(values) - count
        around_two = all_squares - before * before / count - after * after / rest
        if around_two < best and min(count, rest) >= LEAST_ROWS // 4:
            best, at = around_two, count
    if at is None or best > SHARP * around_one:
        return []
    old, new = statistics.fmean(values[:at]), statistics.fmean(values[at:])
    return [f"from {first} {order[at]:g} on, the mean of {name} is {new:.4g} instead of {old:.4g}"]
