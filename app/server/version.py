"""The version of what runs."""

from importlib.metadata import PackageNotFoundError, version


def product_version() -> str:
    """The installed version, or "0" in a bare checkout."""
    try:
        return version("cellscope")
    except PackageNotFoundError:
        return "0"
