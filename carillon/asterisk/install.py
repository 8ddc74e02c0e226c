"""Where the engine comes from: an installed Asterisk, or Debian's packages pruned to one relocatable folder."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from carillon.asterisk import packages
from carillon.asterisk.engine import TESTED_VERSION, Engine, EngineError, asterisk_version

__all__ = ["TESTED_VERSION", "Engine", "EngineError", "find_or_install"]

LAYOUT = 2  # of the unpacked folder: raise it when what is kept below changes
MANIFEST = "manifest.json"
LANGUAGES = ("en", "nl", "fr", "de")
NEEDED_BYTES = 700_000_000  # archives, unpacked packages and the pruned copy, all at the same time
# libnss3, which libsrtp2 needs, opens these by name: no list of needed libraries has them.
OPENED_BY_NAME = ("libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so")
# A module stays when it needs no library that Asterisk itself does not load; these few are worth theirs.
WORTH_THEIR_LIBRARIES = ("codec_gsm.so", "codec_opus_open_source.so", "res_srtp.so")


def find_or_install(folder: Path, progress: Callable[[str], None], named: str | None = None) -> Engine:
    """The engine `named` (default: by ASTERISK_BIN), or the one in `folder`, which is unpacked first if need be.

    Needs no root. Safe to call from several processes at once and to call again after a failure.
    """
    folder = folder.absolute()
    named = os.environ.get("ASTERISK_BIN", "") if named is None else named
    if named:
        return _installed(Path(named), folder, progress)
    _ensure(folder, ("asterisk", "espeak-ng"), progress)
    return _unpacked(folder, progress)


def _installed(binary: Path, folder: Path, progress: Callable[[str], None]) -> Engine:
    argv = (str(binary.absolute()),)
    version = _checked(argv, progress)
    prefix = binary.resolve().parent.parent
    places = ("lib/asterisk", "lib/*/asterisk", "lib64/asterisk")
    modules = [path.parent for place in places for path in sorted(prefix.glob(f"{place}/modules/app_dial.so"))]
    shares = [prefix / "share/asterisk", Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    share = next((path for path in shares if (path / "documentation").is_dir()), None)
    if not modules or share is None:
        raise EngineError(f"The modules or the documentation folder of {binary} are not found below {prefix}.")
    own = shutil.which("espeak-ng")
    if not own:
        _ensure(folder, ("espeak-ng",), progress)
    espeak = (own,) if own else _espeak(folder)
    return Engine(version, argv, espeak, modules[0], share)


def _checked(argv: tuple[str, ...], progress: Callable[[str], None]) -> str:
    version = asterisk_version(argv)
    if version != TESTED_VERSION:
        progress(f"Warning: this is Asterisk {version}; Carillon was tested with {TESTED_VERSION}")
    return version


def _unpacked(folder: Path, progress: Callable[[str], None]) -> Engine:
    argv = (*_loader(folder), "--argv0", "asterisk", str(folder / "asterisk"))
    return Engine(_checked(argv, progress), argv, _espeak(folder), folder / "modules", folder / "share")


def _loader(folder: Path) -> tuple[str, ...]:
    loader = next((folder / "lib").glob("ld-linux*.so.*"))
    return (str(loader), "--inhibit-cache", "--library-path", str(folder / "lib"))


def _espeak(folder: Path) -> tuple[str, ...]:
    return (*_loader(folder), str(folder / "espeak-ng"), f"--path={folder}")


def _ensure(folder: Path, names: Sequence[str], progress: Callable[[str], None]) -> None:
    if _complete(folder, names):
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _only_one(folder.with_name(folder.name + ".lock"), progress):
            if not _complete(folder, names):
                _install(folder, names, progress)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EngineError(packages.disk_full(folder.parent)) from error
        raise EngineError(f"The engine can't be unpacked into {folder}: {error}.") from error


def _complete(folder: Path, names: Sequence[str]) -> bool:
    """Whether a finished engine with these packages is there; the manifest is written last of all."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return False
    return bool(manifest.get("layout") == LAYOUT and set(names) <= set(manifest.get("names", [])))


@contextmanager
def _only_one(lock: Path, progress: Callable[[str], None]) -> Iterator[None]:
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Waiting for another process that unpacks the engine")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _install(folder: Path, names: Sequence[str], progress: Callable[[str], None]) -> None:
    free = shutil.disk_usage(folder.parent).free
    if free < NEEDED_BYTES:
        raise EngineError(
            f"{folder.parent} has {free // 1_000_000} MB free; unpacking the engine needs {NEEDED_BYTES // 1_000_000}: "
            "free some space and run it again; it goes on where it stopped."
        )
    work = folder.with_name(folder.name + ".work")
    root, fresh = work / "root", work / "engine"
    shutil.rmtree(root, ignore_errors=True)
    shutil.rmtree(fresh, ignore_errors=True)
    archives = packages.fetch(work.absolute(), names, progress)
    progress("Unpacking the packages")
    packages.unpack(archives, root)
    progress("Keeping what is needed")
    _prune(root, fresh, names)
    manifest = {"layout": LAYOUT, "names": list(names), "packages": [path.stem for path in archives]}
    (fresh / MANIFEST).write_text(json.dumps(manifest, indent=1))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)
    shutil.rmtree(work, ignore_errors=True)


def _prune(root: Path, fresh: Path, names: Sequence[str]) -> None:
    """Copy from the unpacked packages the programs, modules, data and exactly the libraries that they load."""
    libraries = next(root.glob("usr/lib/*/ld-linux*.so.*")).parent
    (fresh / "lib").mkdir(parents=True)
    loader = next(libraries.glob("ld-linux*.so.*"))
    wanted = {loader}
    if "asterisk" in names:
        wanted |= _prune_asterisk(root, fresh, loader)
    if "espeak-ng" in names:
        wanted |= _prune_espeak(root, fresh, loader)
    for library in wanted:
        shutil.copy2(library, fresh / "lib" / library.name)


def _prune_asterisk(root: Path, fresh: Path, loader: Path) -> set[Path]:
    program = root / "usr/sbin/asterisk"
    shutil.copy2(program, fresh / "asterisk")
    wanted = own = _libraries(program, loader)
    (fresh / "modules").mkdir()
    for module in sorted((loader.parent / "asterisk/modules").glob("*.so")):
        needs = _libraries(module, loader)
        if needs <= own or module.name in WORTH_THEIR_LIBRARIES:
            shutil.copy2(module, fresh / "modules")
            wanted = wanted | needs
    for opened in (loader.parent / name for name in OPENED_BY_NAME):
        if opened.exists():
            wanted = wanted | {opened} | _libraries(opened, loader)
    share = root / "usr/share/asterisk"
    for part in ("documentation", "rest-api"):
        shutil.copytree(share / part, fresh / "share" / part)
    return wanted


def _prune_espeak(root: Path, fresh: Path, loader: Path) -> set[Path]:
    program = root / "usr/bin/espeak-ng"
    shutil.copy2(program, fresh / "espeak-ng")
    data = next(loader.parent.glob("espeak-ng-data"))
    others = [path.name for path in data.glob("*_dict") if path.name.removesuffix("_dict") not in LANGUAGES]
    shutil.copytree(data, fresh / "espeak-ng-data", ignore=shutil.ignore_patterns(*others, "mbrola*"))
    return _libraries(program, loader)


def _libraries(program: Path, loader: Path) -> set[Path]:
    """The libraries that a program or module loads, as the unpacked loader itself finds them."""
    folders = f"{loader.parent}:{loader.parent}/pulseaudio"
    done = subprocess.run(
        [str(loader), "--inhibit-cache", "--library-path", folders, "--list", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    if missing := re.findall(r"(\S+) => not found", done.stdout):
        raise EngineError(f"Debian's packages lack {missing[0]}, which {program.name} needs: try again later.")
    found = {Path(path) for path in re.findall(r"=> (/.+) \(0x", done.stdout)}
    if foreign := [path for path in found if loader.parent not in path.parents]:
        # The loader also looks where the machine has its own libraries; those are of another Debian.
        raise EngineError(f"Debian's packages lack {foreign[0].name}, which {program.name} needs: try again later.")
    return found
