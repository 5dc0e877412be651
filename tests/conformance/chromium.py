"""A real Chromium: one that is installed, else one out of a package registry, kept below the target directory."""

import hashlib
import io
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

# A Chromium in one package, with the libraries and fonts that it needs; no installed browser is touched.
PACKAGE = "@sparticuz/chromium@153.0.0"
SHA256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
INSTALLED = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome-headless-shell"]
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class Chromium:
    """Where a browser is, and the environment it starts in."""

    def __init__(self, path: Path, environment: dict | None = None):
        self.path = path
        self.environment = {"HOME": tempfile.gettempdir(), "PATH": os.environ.get("PATH", "")} | (environment or {})


def chromium(kept: Path) -> Chromium:
    """Finds a browser, or gets one; fails with what was tried."""
    tried = []
    for name in ("BRICKFORM_CHROMIUM", "CHROME"):
        if os.environ.get(name):
            return Chromium(Path(os.environ[name]))
    for name in INSTALLED:
        if found := shutil.which(name):
            return Chromium(Path(found))
    for way in (_packaged, _debian):
        try:
            return way(kept)
        except Exception as error:  # noqa: BLE001 - each way may fail in its own way, and the next one is tried
            tried.append(f"  {way.__doc__.splitlines()[0]} {error}")
    raise AssertionError(
        "there is no browser to open pages in:\n" + "\n".join(tried)
        + "\nInstall Chromium or Chrome, or name one with BRICKFORM_CHROMIUM=/path/to/chromium."
    )


def _packaged(kept: Path) -> Chromium:
    """The package of the npm registry:"""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise OSError("its Chromium is for Linux on x86_64")
    home = kept / SHA256[:12]
    if not (home / "ready").is_file():
        _unpack(home)
    fonts = home / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=home / "fonts", cache=home / "cache"))
    return Chromium(home / "chromium", {"LD_LIBRARY_PATH": str(home / "lib"), "FONTCONFIG_FILE": str(fonts)})


def _unpack(home: Path):
    import brotli

    npm = shutil.which("npm")
    if not npm:
        raise OSError("npm is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        ended = subprocess.run(
            [npm, "pack", "--silent", PACKAGE], cwd=scratch, capture_output=True, text=True, timeout=600
        )
        found = list(Path(scratch).glob("*.tgz"))
        if not found:
            raise OSError(f"npm pack {PACKAGE} ended with {ended.returncode}: {ended.stderr.strip()}")
        archive = found[0].read_bytes()
    if hashlib.sha256(archive).hexdigest() != SHA256:
        raise OSError(f"{PACKAGE} is not what it was when it was pinned")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    with tarfile.open(fileobj=io.BytesIO(archive)) as package:
        def part(name):
            return brotli.decompress(package.extractfile(f"package/bin/{name}.br").read())

        (home / "chromium").write_bytes(part("chromium"))
        for name in ("al2023.tar", "fonts.tar", "swiftshader.tar"):
            with tarfile.open(fileobj=io.BytesIO(part(name))) as inner:
                inner.extractall(home, filter="data")
    (home / "chromium").chmod(0o755)
    (home / "ready").touch()


def _debian(_: Path) -> Chromium:
    """Debian's package:"""
    if not shutil.which("apt-get"):
        raise OSError("apt-get is not installed")
    if os.geteuid() != 0:
        raise OSError("only root may install it")
    quiet = {"capture_output": True, "check": True, "timeout": 900}
    subprocess.run(["apt-get", "update"], **quiet)
    subprocess.run(["apt-get", "install", "-y", "--no-install-recommends", "chromium"], **quiet)
    return Chromium(Path(shutil.which("chromium") or "/usr/bin/chromium"))
