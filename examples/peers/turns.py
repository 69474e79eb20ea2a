"""Measures trainers in turns."""
import json
import os
import time
from pathlib import Path

from environment import run
from units import short

here = Path(__file__).resolve().parent
lockstep = here.parent.parent / "launch" / "run"


def measured(trainer, workload, threads, python, log):
    """The result of one process, or nothing, and why there is none."""
    command = [python, here / f"{trainer}_workloads.py", str(threads), workload]
    if trainer == "lockstep":
        command = [lockstep, "--threads", str(threads), "lockstep", "bench", "train", workload, "--json"]

    def keep_to_cores():
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

    printed, reason = run(command, log, preexec_fn=keep_to_cores, env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"})
    lines = [line for line in (printed or "").splitlines() if line.startswith("{")]
    if not lines:
        return None, reason or "no figures"
    return {"trainer": trainer, "version": trainer} | json.loads(lines[-1]), None


def take_turns(turns, python, log, say):
    """The best result of each (workload, threads, trainer); of fewer if it is interrupted."""
    best, failed = {}, set()
    try:
        for number, turn in enumerate(turns, 1):
            if turn in failed:
                continue
            workload, threads, trainer = turn
            label = f"[{number:>3}/{len(turns)}] {workload:<9} {threads} thread{'s' if threads > 1 else ' '} {trainer:<8}"
            start = time.monotonic()
            result, reason = measured(trainer, workload, threads, python, log)
            if reason:
                failed.add(turn)
                say(f"{label} left out: {reason}")
                continue
            figures = f"{short(result['us_per_step']):>6} µs a step, {short(result['samples_per_s']):>6} samples/s"
            say(f"{label} {figures}  ({time.monotonic() - start:.0f} s)")
            if turn not in best or result["samples_per_s"] > best[turn]["samples_per_s"]:
                best[turn] = result
    except KeyboardInterrupt:
        say("\ninterrupted; what there is:")
    return [best[turn] for turn in dict.fromkeys(turns) if turn in best]
