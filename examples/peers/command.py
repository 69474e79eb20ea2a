"""Runs commands, and ends their processes if these do not end by themselves."""
import os
import re
import signal
import subprocess
from contextlib import suppress
from pathlib import Path


def run(command, log, timeout=None, **options):
    """Runs a command; returns its output, or nothing, and the reason of a failure. The log gets all output too."""
    options |= {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "start_new_session": True}
    late = False
    with subprocess.Popen(command, text=True, errors="replace", **options) as process:
        try:
            printed, said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            late = True
            end(process)
            printed, said = process.communicate()
        except BaseException:
            end(process)
            raise
    text = said + printed
    with open(log, "a") as file:
        file.write(f"$ {' '.join(map(str, command))}\n{text}")
    if late:
        return None, f"not done after {timeout} seconds"
    if process.returncode == 0:
        return printed, None
    lines = [line.strip() for line in text.splitlines() if re.search("error|exception", line, re.IGNORECASE)]
    return None, (lines[-1] if lines else f"exit status {process.returncode}")[:200]


def end(process):
    """Ends a command and all processes of its session. The ranks of mpirun have their own groups; mpirun ends them on request."""
    with suppress(OSError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(5)
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getsid(int(entry.name)) == process.pid:
                os.kill(int(entry.name), signal.SIGKILL)
    # For systems without /proc.
    with suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
