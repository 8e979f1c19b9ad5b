"""``python -m waldur_site_agent_testkit.demo.accounting FOLDER …``: a sacct that replays jobs.

The emulator's own keeps no jobs of this shape. Told are the jobs that the play wrote down for the
month in which the window begins, in the columns that are asked for.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path


def jobs_file(folder: Path, month: datetime) -> Path:
    """Where the jobs of a month are written down, one JSON object a line."""
    return folder / f"jobs-{month:%Y-%m}"


def main(folder: str, *words: str) -> int:
    """Answer a call of sacct."""
    asked = dict(word.lstrip("-").split("=", 1) for word in words if "=" in word)
    begun = datetime.fromtimestamp(int(asked["starttime"].removeprefix("uts")), UTC)
    file = jobs_file(Path(folder), begun)
    if file.exists():
        for line in file.read_text().splitlines():
            job = json.loads(line)
            columns = (job.get(column, "") for column in asked["format"].split(","))
            sys.stdout.write("|".join(columns) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
