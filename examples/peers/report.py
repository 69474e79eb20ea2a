"""The results of a comparison: JSON, CSV, a table and a bar chart."""
import csv
import json
import shutil
import subprocess

from chart import script
from units import figure, short, unit

def cases(results):
    """The measured workloads, ranks and threads, in order, each with the results of the trainers."""
    found = {}
    for result in results:
        found.setdefault((result["workload"], result["ranks"], result["threads"]), {})[result["trainer"]] = result
    return found


def table(results, trainers, heading):
    """The measured numbers, then Lockstep's speed relative to each other trainer."""
    others = [trainer for trainer in trainers if trainer != "lockstep"]
    ratios = [f"÷{trainer}" for trainer in [*others, "best"]] if "lockstep" in trainers and others else []
    several = any(result["ranks"] > 1 for result in results)

    def line(workload, ranks, threads, kind, figures):
        counts = f"{ranks:>6}{threads:>8}" if several else f"{threads:>8}"
        return f"{workload:<16}{counts}  {kind:<10}" + "".join(f"{text:>11}" for text in figures)

    lines = [heading, "", line("workload", "ranks", "threads", "unit", [*trainers, *ratios])]
    for (workload, ranks, threads), row in cases(results).items():
        figures = [short(figure(workload, row[name])) if name in row else "–" for name in trainers]
        speed = {name: result["samples_per_s"] for name, result in row.items()}
        compared = [speed.get(name) for name in others]
        compared.append(max((value for value in compared if value), default=None))
        if ratios:
            figures += [short(speed["lockstep"] / value) if value and "lockstep" in speed else "–" for value in compared]
        lines.append(line(workload, ranks, threads, unit(workload), figures))
    if ratios:
        lines += ["", "÷ is the speed of Lockstep by that of another trainer: above 1 Lockstep is faster. Best is the fastest of the others."]
    held = "peak memory of rank 0, MB" if several else "peak memory, MB"
    lines += ["", f"{held:<{42 if several else 36}}" + "".join(f"{name:>11}" for name in trainers)]
    for (workload, ranks, threads), row in cases(results).items():
        memory = [f"{row[name]['peak_memory_bytes'] / 1e6:.0f}" if name in row else "–" for name in trainers]
        lines.append(line(workload, ranks, threads, "", memory))
    return "\n".join(lines) + "\n"


def write(results, trainers, heading, folder):
    """Writes all four into a folder; returns the text to print."""
    text = table(results, trainers, heading)
    (folder / "peers.txt").write_text(text)
    (folder / "peers.json").write_text(json.dumps(results, indent=1) + "\n")
    with open(folder / "peers.csv", "w", newline="") as file:
        fields = ["workload", "trainer", "version", "ranks", "threads", "samples_per_s", "us_per_step", "peak_memory_bytes"]
        writer = csv.DictWriter(file, fields, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(results)
    picture, commands = folder / "peers.png", folder / "peers.png.gp"
    picture.unlink(missing_ok=True)
    commands.write_text(script(cases(results), trainers, picture))
    if not shutil.which("gnuplot"):
        return f"{text}\ngnuplot is not installed (Debian: gnuplot-nox); to draw {picture} later: gnuplot {commands}"
    if subprocess.run(["gnuplot", commands]).returncode != 0:
        return f"{text}\ngnuplot failed on {commands}"
    commands.unlink()
    return f"{text}\nWritten: {folder}/peers.txt, .json, .csv, .png"
