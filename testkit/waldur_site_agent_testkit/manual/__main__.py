"""``python -m waldur_site_agent_testkit.manual``: write the made pages of docs/ anew."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from waldur_site_agent_testkit.manual.pages import write


def main() -> None:
    """Write them, and say which were changed."""
    parser = argparse.ArgumentParser(prog="waldur_site_agent_testkit.manual", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    folder: Path = parser.parse_args().folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder: run this at the top of the repository")
    sys.stdout.writelines(f"{folder / name}\n" for name in write(folder))


if __name__ == "__main__":
    main()
