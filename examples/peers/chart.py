"""The bar chart of a comparison, as a gnuplot script that contains the data."""
from units import TINY, figure, short, size, unit

COLORS = {"lockstep": "#d62728", "keras": "#1f77b4", "torch": "#ff7f0e", "jax": "#2ca02c"}


def script(cases, trainers, output):
    """A panel for each workload, with a group of bars for each size. `cases`: {(workload, ranks, threads): {trainer: result}}."""
    workloads = list(dict.fromkeys(workload for workload, _, _ in cases))
    columns = min(3, len(workloads))
    rows = -(-len(workloads) // columns)
    # Wide enough for the number above each bar.
    slots = max(sum(name == workload for name, _, _ in cases) for workload in workloads) * (len(trainers) + 1)
    width, height = max(80 + 40 * slots, 360) * columns, 80 + 320 * rows
    margins = f"{80 / width},{1 - 20 / width},{40 / height},{1 - 85 / height}"
    quoted = str(output).replace("'", "''")
    lines = [
        f"set terminal pngcairo size {width},{height} font 'sans,11' background rgb 'white'",
        f"set output '{quoted}'",
        *(data for workload in workloads for trainer in trainers for data in rows_of(workload, trainer, cases, trainers)),
        f"set multiplot layout {rows},{columns} margins {margins} spacing {90 / width},{85 / height}",
        "set style fill solid 0.9 noborder",
        "set boxwidth 0.9",
        "set grid y lt 1 lc rgb '#dddddd'",
        "set tics nomirror out",
        "set border 3",
        f"set key at screen 0.5,{1 - 10 / height} center top horizontal samplen 1 Left reverse noenhanced",
    ]
    for workload in workloads:
        lines += panel(workload, cases, trainers) + ["unset key"]
    return "\n".join([*lines, "unset multiplot"]) + "\n"


def rows_of(workload, trainer, cases, trainers):
    """A data block: the position of each bar, its height, and the height as text."""
    block = [f"${workload}_{trainer} << END"]
    for group, (_, row) in enumerate(item for item in cases.items() if item[0][0] == workload):
        if trainer in row:
            height = figure(workload, row[trainer])
            block.append(f"{group * (len(trainers) + 1) + trainers.index(trainer)} {height} {short(height)}")
    return [*block, "END"] if len(block) > 1 else []


def panel(workload, cases, trainers):
    rows = {size(ranks, threads): row for (name, ranks, threads), row in cases.items() if name == workload}
    heights = [figure(workload, result) for row in rows.values() for result in row.values()]
    # A logarithmic scale shows times of very different sizes.
    if workload in TINY:
        scale = ["set logscale y", "set format y '%g'", f"set yrange [{min(heights) / 4}:{max(heights) * 3}]"]
    else:
        scale = ["unset logscale y", "set format y '%.0f'", f"set yrange [0:{max(heights) * 1.12}]"]
    tics, bars, labels = [], [], []
    for group, text in enumerate(rows):
        middle = group * (len(trainers) + 1) + (len(trainers) - 1) / 2
        tics.append(f"'{text}' {middle}")
    for trainer in trainers:
        data = f"${workload}_{trainer}"
        # A trainer without results still appears in the legend.
        there = any(trainer in row for row in rows.values())
        bars.append(f"{data + ' using 1:2' if there else 'NaN'} with boxes lc rgb '{COLORS[trainer]}' title '{trainer}'")
        if there:
            labels.append(f"{data} using 1:2:3 with labels offset 0,0.6 font ',9' notitle")
    better = "lower is better, log scale" if workload in TINY else "higher is better"
    return [
        f"set title '{workload}: {unit(workload)}, {better}' noenhanced",
        *scale,
        f"set xrange [-1:{len(rows) * (len(trainers) + 1) - 1}]",
        f"set xtics ({', '.join(tics)})",
        "plot " + ", ".join(bars + labels),
    ]
