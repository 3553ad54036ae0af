"""Finds a Chromium for the browser tests; as root on Debian `python -m tests.browser.chromium` installs one."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PACKAGES = ("chromium", "fonts-wqy-microhei")


def find() -> str | None:
    return os.environ.get("PINGPIN_CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> int:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        print(
            "The browser tests need Chromium or Chrome, and none was found.\n"
            f"Install one, on Debian with: sudo apt-get install {' '.join(PACKAGES)}\n"
            "or name it: PINGPIN_CHROMIUM=/path/to/chrome make test",
            file=sys.stderr,
        )
        return 1
    quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
    return subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES], check=False, **quiet
    ).returncode


if __name__ == "__main__":
    sys.exit(0 if find() else install())
