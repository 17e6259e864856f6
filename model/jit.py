"""`njit`: numba's, whose compiled kernels are kept wherever they can be, and else made anew.

numba refuses to decorate at all where its cache can't be written: neither beside the sources nor in
the home folder, as on a lab's machine or with a read-only root. Then a private folder among the
temporary ones serves, and if there is none either, every process compiles for itself. A disk that
is full when a kernel is to be stored is no error either: the kernel is there, in memory.
"""

import logging
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config
from numba.core.caching import FunctionCache

F = TypeVar("F", bound=Callable[..., Any])
log = logging.getLogger(__name__)
_told: set[str] = set()


def njit(**options: Any) -> Callable[[F], F]:
    """`numba.njit` with options; `cache=True` where a cache can be had."""
    wanted = options.pop("cache", False)

    def decorate(function: F) -> F:
        kernel: Any = numba.njit(**options)(function)
        if wanted:
            kernel._cache = _cache_of(function) or kernel._cache  # as its enable_caching does
        return kernel

    return decorate


class _Cache(FunctionCache):
    """numba's, but a kernel that can't be stored is merely not stored."""

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell(f"compiled kernels can't be stored ({error.strerror}): each start compiles anew")


def _cache_of(function: Callable[..., Any]) -> FunctionCache | None:
    try:
        return _Cache(function)
    except RuntimeError:  # no place that numba knows of can be written
        folder = private_folder()
    if folder is None:
        _tell("no folder for compiled kernels can be written: each start compiles anew")
        return None
    setattr(config, "CACHE_DIR", str(folder))  # noqa: B010 - numba's, unknown to its stubs
    return _Cache(function)


def private_folder() -> Path | None:
    """A folder among the temporary ones that nobody else can write: what lies in it is run."""
    if not hasattr(os, "getuid"):
        return None
    try:
        folder = Path(tempfile.gettempdir()) / f"cellscope-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return None
    ours = found.st_uid == os.getuid() and not found.st_mode & 0o022 and not folder.is_symlink()
    return folder if ours else None


def _tell(what: str) -> None:
    """Once a process."""
    if what not in _told:
        _told.add(what)
        log.warning("%s", what)
