"""``python -m waldur_site_agent_testkit.slurm.install``: what a real Slurm needs, from Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = (
    "slurm-wlm",
    "slurmctld",
    "slurmd",
    "slurmdbd",
    "slurm-client",
    "slurm-wlm-basic-plugins",
    "slurm-wlm-mysql-plugin",
    "mariadb-server",
    "mariadb-client",
    "munge",
)
PROGRAMS = (
    "munged",
    "mariadbd",
    "mariadb",
    "mariadb-install-db",
    "slurmdbd",
    "slurmctld",
    "slurmd",
    "sacctmgr",
    "sbatch",
    "squeue",
    "scancel",
    "sacct",
)
POLICY = Path("/usr/sbin/policy-rc.d")
NO_AUTOSTART = "#!/bin/sh\nexit 101\n"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CannotInstallError(Exception):
    """What is missing cannot be installed; the message says what to do."""


def missing_programs() -> list[str]:
    """Programs of a real Slurm that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name, path=SYSTEM_PATH) is None]


def install() -> None:
    """Install what is missing; nothing is started by it.

    Raises:
        CannotInstallError: not as root, not on Debian, or the packages cannot be had.
    """
    missing = missing_programs()
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get", path=SYSTEM_PATH) is None:
        raise CannotInstallError(
            f"A real Slurm needs {', '.join(missing)}. Run this as root on Debian, or install "
            f"{' '.join(PACKAGES)} yourself."
        )
    before = POLICY.read_text() if POLICY.exists() else None
    _write_policy(NO_AUTOSTART)
    try:
        _apt_get("update")
        _apt_get("install", "--yes", "--no-install-recommends", *PACKAGES)
    finally:
        _write_policy(before)


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


def main() -> int:
    """Install, and say what came of it."""
    try:
        install()
    except CannotInstallError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command talks to its user
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
