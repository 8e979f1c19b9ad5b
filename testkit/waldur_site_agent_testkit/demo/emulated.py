"""``python -m waldur_site_agent_testkit.demo.emulated sacctmgr …``: one emulated command."""

from __future__ import annotations

import fcntl
import importlib
import os
import sys
from pathlib import Path


def main() -> int:
    """Run the emulator's command of that name with the arguments that follow it.

    One at a time: the emulator reads its state, changes it and writes it back.
    """
    sys.argv = sys.argv[1:]
    dispatcher = importlib.import_module("emulator.commands.dispatcher")
    entry = getattr(dispatcher, f"{sys.argv[0]}_main")
    with Path(os.environ["SLURM_EMULATOR_STATE_FILE"]).with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return int(entry() or 0)


if __name__ == "__main__":
    sys.exit(main())
