"""A plugin that ``plugins new`` makes: installed as its README says, and green at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

UV = Path(__file__).parents[2] / "scripts" / "uv"
COMMANDS = Path(sys.executable).parent
NAME = "lustre-quota"


def run(folder: Path, *words: str | Path) -> str:
    ended = subprocess.run(  # noqa: S603 - our own commands
        words, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_a_new_plugin_is_green_in_its_own_tests(tmp_path: Path) -> None:
    run(tmp_path, COMMANDS / "waldur_site_agent", "plugins", "new", NAME)
    made = tmp_path / f"waldur-site-agent-{NAME}"
    pip = [UV, "pip", "--quiet"]
    run(tmp_path, *pip, "install", "--python", sys.executable, "--no-deps", "-e", made)
    try:
        said = run(made, COMMANDS / "pytest", "-q", "-n", "2", "--conformance-report=report.md")
        listed = run(tmp_path, COMMANDS / "waldur_site_agent", "plugins", "check", NAME)
    finally:
        run(tmp_path, *pip, "uninstall", "--python", sys.executable, made.name)

    assert " passed" in said
    assert "failed" not in said
    assert (made / "report.md").read_text()
    assert listed.startswith(f"backend {NAME}: waldur-site-agent-{NAME} 0.1.0")
