"""The time line: any step of the run once more, branches from there, then beside now."""
