"""`njit`: numba's, whose compiled kernels are kept wherever they can be, and else made anew.

numba refuses to decorate at all where its cache can't be written: neither beside the sources nor in
the home folder, as on a lab's machine or with a read-only root. Then a private folder among the
temporary ones serves, and if there is none either, every process compiles for itself. A disk that
is full when a kernel is to be stored is no error either: the kernel is there, in memory. What a
killed process or a full disk left torn in the cache is compiled anew.

numba itself would keep a kernel when another file changes that it takes functions or constants
from; here what is kept is of all sources of the package, by their contents.
"""

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config
from numba.core.caching import FunctionCache, IndexDataCacheFile

F = TypeVar("F", bound=Callable[..., Any])
log = logging.getLogger(__name__)
_told: set[str] = set()
KERNELS: list[Any] = []  # all that were decorated with `cache=True`
ROOT = Path(__file__).parent


def njit(**options: Any) -> Callable[[F], F]:
    """`numba.njit` with options; `cache=True` where a cache can be had."""
    wanted = options.pop("cache", False)

    def decorate(function: F) -> F:
        kernel: Any = numba.njit(**options)(function)
        if wanted:
            kernel._cache = _cache_of(function) or kernel._cache  # as its enable_caching does
            KERNELS.append(kernel)
        return kernel

    return decorate


def missing(*, graphs: bool = False) -> list[str]:
    """The page's kernels that are not kept for these sources and this processor.

    Or those by which networks are cut that are no chains (`model.own`): few pages need them.
    """
    return [
        f"{kernel.py_func.__module__}.{kernel.py_func.__name__}"
        for kernel in KERNELS
        if not _inlined(kernel) and _of_own_graphs(kernel) == graphs and not _kept(kernel)
    ]


def keeps() -> bool:
    """Whether there is a place where kernels are kept for other processes."""
    return all(getattr(kernel._cache, "_cache_file", None) is not None for kernel in KERNELS)


def _of_own_graphs(kernel: Any) -> bool:
    return ".model.own." in (kernel.py_func.__module__ or "")


def _inlined(kernel: Any) -> bool:
    """Whether it has no code of its own."""
    return kernel.targetoptions.get("inline") == "always"


def _kept(kernel: Any) -> bool:
    file = getattr(kernel._cache, "_cache_file", None)
    processor = kernel.targetctx.codegen().magic_tuple()
    return file is not None and any(key[1] == processor for key in file._load_index())


class _Cache(FunctionCache):
    """numba's, but a kernel that can't be stored is merely not stored."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        package = _package(Path(function.__code__.co_filename))
        if package is not None:
            self._cache_file = _Files(self._cache_path, self._impl.filename_base, _print(package))

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError as error:
            _tell(f"compiled kernels can't be stored ({error.strerror}): each start compiles anew")


class _Files(IndexDataCacheFile):
    """A kernel's files; those that can't be read are as good as none."""

    def _load_index(self) -> dict[Any, str]:
        try:
            return super()._load_index()
        except Exception as error:  # unpickling raises anything
            log.debug("%s can't be read: %r", self._index_path, error)
            return {}

    def _load_data(self, name: str) -> Any:
        try:
            return super()._load_data(name)
        except Exception as error:
            log.debug("%s can't be read: %r", name, error)
            raise OSError(f"{name} is torn") from error  # which `load` takes for "not there"


def _package(source: Path) -> Path | None:
    """The folder right below `model` that a source lies in, if any."""
    try:
        below = source.resolve().relative_to(ROOT.resolve())
    except ValueError:
        return None
    return ROOT / below.parts[0] if len(below.parts) > 1 else None


@lru_cache
def _print(package: Path) -> str:
    """Of all its sources: kernels take functions and constants from one another."""
    found = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        found.update(source.read_bytes())
    return found.hexdigest()


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
