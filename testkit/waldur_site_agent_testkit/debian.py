"""Installing what a real service needs, from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")
NO_AUTOSTART = "#!/bin/sh\nexit 101\n"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotInstallError(Exception):
    """What is missing cannot be installed; the message says what to do."""


@dataclass(frozen=True)
class Service:
    """A service by name, the programs that it consists of, and the packages that bring them."""

    name: str
    programs: tuple[str, ...]
    packages: tuple[str, ...]

    def missing_programs(self) -> list[str]:
        """Programs that this machine lacks."""
        return [name for name in self.programs if shutil.which(name, path=SYSTEM_PATH) is None]

    def install(self) -> None:
        """Install what is missing; nothing is started by it.

        Raises:
            CannotInstallError: not as root, not on Debian, or the packages cannot be had.
        """
        missing = self.missing_programs()
        if not missing:
            return
        if os.geteuid() != 0 or shutil.which("apt-get", path=SYSTEM_PATH) is None:
            raise CannotInstallError(
                f"{self.name} needs {', '.join(missing)}. Run this as root on Debian, or install "
                f"{' '.join(self.packages)} yourself."
            )
        before = POLICY.read_text() if POLICY.exists() else None
        _write_policy(NO_AUTOSTART)
        try:
            _apt_get("update")
            _apt_get("install", "--yes", "--no-install-recommends", *self.packages)
        finally:
            _write_policy(before)

    def main(self) -> int:
        """Install, and say what came of it: a command's exit code."""
        try:
            self.install()
        except CannotInstallError as error:
            print(error, file=sys.stderr)  # noqa: T201 - a command talks to its user
            return 1
        return 0


def _write_policy(text: str | None) -> None:
    if text is None:
        POLICY.unlink(missing_ok=True)
        return
    POLICY.write_text(text)
    POLICY.chmod(0o755)


def _apt_get(*words: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": SYSTEM_PATH}
    done = subprocess.run(  # noqa: S603 - fixed words
        ["/usr/bin/apt-get", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise CannotInstallError(f"apt-get {words[0]} failed:\n{tail}")
