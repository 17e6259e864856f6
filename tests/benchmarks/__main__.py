"""All benchmarks, or those named: tables, every goal beside its value, and out/bench.json.

    make bench
    make bench ARGS="cells live"

The exit status says whether everything could be measured, not whether the goals were met.
"""

import argparse
import json
import os
import platform
import sys
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.benchmarks.apart import result_of
from tests.benchmarks.goals import line

HERE = Path(__file__).parent
RESULT = HERE.parents[1] / "out" / "bench.json"
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def machine() -> dict[str, Any]:
    """What the numbers were measured on."""
    return {
        "system": platform.system(),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count(),
        "python": platform.python_version(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [text.split(":", 1)[1].strip() for text in lines if text.startswith("model name")]
    return names[0] if names else platform.machine()


def measure(name: str) -> dict[str, Any]:
    """One benchmark's result; where it failed, the error.

    Each has a process to itself: the most memory that one takes is not another's.
    """
    print(f"\n=== {name} ===", flush=True)
    began, load = time.perf_counter(), os.getloadavg()[0]
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
            result = process.submit(result_of, f"tests.benchmarks.bench_{name}").result()
    except Exception as error:  # the others are worth measuring all the same
        traceback.print_exc()
        result = {"benchmark": name, "error": f"{type(error).__name__}: {error}", "goals": {}}
    return {**result, "load": round(load, 2), "seconds": round(time.perf_counter() - began, 1)}


def print_goals(results: dict[str, dict[str, Any]]) -> None:
    print("\n=== goals ===")
    for name, result in results.items():
        for goal, found in result["goals"].items():
            print(line(f"{name} {goal}", found))
        if "error" in result:
            print(f"{name}: {result['error']}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    # No `choices`: argparse checks them against the empty list, too.
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    names: list[str] = parser.parse_args().names or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
    began = machine()
    results = {name: measure(name) for name in names}
    print_goals(results)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": began, "results": results}, indent=2) + "\n")
    print(f"\nwritten to {RESULT.relative_to(HERE.parents[1])}")
    return 1 if any("error" in result for result in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
