"""The units and the format of results."""

# A step of these takes microseconds: the result is the time of a step, mostly overhead. For the others it is samples a
# second.
TINY = ("seed_line", "beans", "people")


def unit(workload):
    return "µs a step" if workload in TINY else "samples/s"


def figure(workload, result):
    return result["us_per_step" if workload in TINY else "samples_per_s"]


def size(ranks, threads):
    """2 threads, or 2 ranks × 1 thread."""
    text = f"{threads} thread{'' if threads == 1 else 's'}"
    return text if ranks == 1 else f"{ranks} ranks × {text}"


def short(value):
    """Three digits: 3.21, 460, 2.46k."""
    for limit, divisor, letter in ((999.5, 1, ""), (999.5e3, 1e3, "k"), (float("inf"), 1e6, "M")):
        if value < limit:
            scaled = value / divisor
            return f"{scaled:.{2 if scaled < 9.995 else 1 if scaled < 99.95 else 0}f}{letter}"
