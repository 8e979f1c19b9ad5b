"""``python -m waldur_site_agent_testkit.demo.emulated sacctmgr …``: one emulated command."""

from __future__ import annotations

import importlib
import sys


def main() -> int:
    """Run the emulator's command of that name with the arguments that follow it."""
    sys.argv = sys.argv[1:]
    dispatcher = importlib.import_module("emulator.commands.dispatcher")
    entry = getattr(dispatcher, f"{sys.argv[0]}_main")
    return int(entry() or 0)


if __name__ == "__main__":
    sys.exit(main())
