"""Compiled kernels are kept wherever they can be, and a place that can't be had is no error."""

import os
from pathlib import Path
from typing import Any

import pytest
from numba.core import caching, config

from cellscope.model import jit

IMPOSSIBLE = RuntimeError("no locator available")


def doubled(x: float) -> float:
    return 2.0 * x


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(jit, "_told", set[str]())


def nowhere(monkeypatch: pytest.MonkeyPatch, *, but_when_told: bool) -> None:
    """numba finds no place by itself; in a folder that it is told, if that is allowed."""
    known: Any = caching
    find = known.CacheImpl.__init__

    def refuse(self: Any, function: Any) -> None:
        if but_when_told and vars(config)["CACHE_DIR"]:
            find(self, function)
        else:
            raise IMPOSSIBLE

    monkeypatch.setattr(known.CacheImpl, "__init__", refuse)


def test_where_numba_has_no_place_a_private_temporary_folder_serves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    nowhere(monkeypatch, but_when_told=True)
    assert jit.njit(cache=True)(doubled)(1.5) == 3.0
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert list(folder.rglob("*.nbc"))


def test_without_any_place_kernels_compile_all_the_same_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    nowhere(monkeypatch, but_when_told=False)
    monkeypatch.setattr(jit, "private_folder", lambda: None)
    assert [jit.njit(cache=True)(doubled)(x) for x in (1.0, 2.0)] == [2.0, 4.0]
    assert len(caplog.records) == 1


def test_a_kernel_that_cannot_be_stored_works_and_it_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(caching.FunctionCache, "save_overload", full)
    assert [jit.njit(cache=True)(doubled)(x) for x in (1.0, 2.0)] == [2.0, 4.0]
    assert ["No space left" in record.message for record in caplog.records] == [True]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="of POSIX")
def test_a_folder_that_others_can_write_is_not_trusted(tmp_path: Path):
    folder = tmp_path / f"cellscope-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert jit.private_folder() is None
    folder.chmod(0o700)
    assert jit.private_folder() == folder


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="of POSIX")
def test_a_link_to_a_folder_is_not_trusted(tmp_path: Path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / f"cellscope-{os.getuid()}").symlink_to(tmp_path / "elsewhere")
    assert jit.private_folder() is None


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`model/part/` with two sources, one with a kernel."""
    monkeypatch.setattr(jit, "ROOT", tmp_path / "model")
    monkeypatch.setattr(jit, "KERNELS", [])
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "cache"))
    folder = tmp_path / "model" / "part"
    folder.mkdir(parents=True)
    (folder / "constants.py").write_text("A = 1\n")
    (folder / "kernels.py").write_text("def tripled(x):\n    return 3.0 * x\n")
    return folder


def kernel_of(package: Path) -> Any:
    """As a new process would find it."""
    vars(jit)["_print"].cache_clear()
    jit.KERNELS.clear()
    source, names = package / "kernels.py", dict[str, Any]()
    exec(compile(source.read_text(), str(source), "exec"), names)
    return jit.njit(cache=True)(names["tripled"])


def test_a_kernel_is_kept_until_a_source_of_its_package_changes(package: Path):
    assert jit.missing() == []
    assert kernel_of(package)(1.5) == 4.5
    kernel = kernel_of(package)
    assert jit.missing() == []
    assert (kernel(1.5), sum(kernel.stats.cache_hits.values())) == (4.5, 1)
    (package / "constants.py").write_text("A = 2\n")
    kernel = kernel_of(package)
    assert len(jit.missing()) == 1
    assert (kernel(1.5), sum(kernel.stats.cache_hits.values())) == (4.5, 0)


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_a_torn_cache_is_compiled_anew(package: Path, kind: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG", jit.log.name)  # what could not be read, should this fail
    kernel_of(package)(1.5)
    (file,) = (package.parents[1] / "cache").rglob(f"*.{kind}")
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert kernel_of(package)(1.5) == 4.5
    kernel = kernel_of(package)
    assert (kernel(1.5), sum(kernel.stats.cache_hits.values())) == (4.5, 1)


def test_a_kernel_of_another_processor_is_missing(package: Path, monkeypatch: pytest.MonkeyPatch):
    kernel = kernel_of(package)
    kernel(1.5)
    library: Any = type(kernel.targetctx.codegen())

    def another(_library: Any) -> tuple[str, str, str]:
        return "x86_64", "another", ""

    monkeypatch.setattr(library, "magic_tuple", another)
    assert len(jit.missing()) == 1
