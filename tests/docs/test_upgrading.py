"""docs/upgrading.md words what the agent says."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from waldur_site_agent.cli.main import main

UPGRADING = (Path(__file__).parents[2] / "docs" / "upgrading.md").read_text()
MISTAKES = """\
offerings:
  - name: HPC cluster
    waldur_api_url: https://waldur.example.org/api/
    waldur_api_token: a-token
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b32c
    backend_type: slurm
    order_processing_backend: slrum
    reportng_backend: slurm
"""
IN_WORDS = (
    "no installed distribution provides the backend",
    "an unknown key, which has no effect",
)


def test_config_check_says_what_the_page_answers(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(MISTAKES)
    config.chmod(0o644)

    said = CliRunner().invoke(main, ["config", "check", "-c", str(config)]).output

    assert [words for words in IN_WORDS if words not in UPGRADING] == []
    assert [words for words in IN_WORDS if words not in said] == []
    assert "in a file that everybody on the machine can read" in said
