"""What slurmdbd hides from a user without rights, and that diagnostics tell it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from waldur_site_agent.backend.exceptions import BackendUnavailableError
from waldur_site_agent_slurm.backend import SlurmBackend
from waldur_site_agent_slurm.client import SlurmClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from waldur_site_agent_testkit.slurm.cluster import SlurmCluster


STRANGER = "wsa23"


class ClientOfStranger(SlurmClient):
    """One whose commands are run as somebody else."""

    def runs_as(self) -> str:
        return STRANGER


class BackendOfStranger(SlurmBackend):
    def make_client(self, settings: Any) -> SlurmClient:
        return ClientOfStranger(settings)


@pytest.fixture
def stranger(slurm: SlurmCluster, tmp_path: Path) -> SlurmBackend:
    """The plugin as it works for a user who has an account like any other."""
    slurm.sacctmgr("add", "user", STRANGER, "account=root")
    for name in ("sacctmgr", "sacct", "squeue", "scancel"):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\nexec runuser -u {STRANGER} -- {slurm.bin_path}/{name} "$@"\n')
        path.chmod(0o755)
    settings = {"slurm_bin_path": str(tmp_path), "cluster_name": slurm.name}
    return BackendOfStranger({**settings, "default_account": "root"}, {})


@pytest.fixture
def resource(make_backend: Callable[..., SlurmBackend], make_resource: Callable[..., Any]) -> Any:
    """A resource on the cluster."""
    resource = make_resource()
    make_backend().create_resource_with_id(resource, resource.backend_id)
    return resource


@contextmanager
def private(slurm: SlurmCluster, words: str) -> Iterator[None]:
    """Let slurmdbd hide something."""
    path = slurm.layout.slurm_conf.parent / "slurmdbd.conf"
    plain = path.read_text()
    slurm.stop_slurmdbd()
    try:
        path.write_text(f"{plain}PrivateData={words}\n")
        slurm.start_slurmdbd()
        yield
    finally:
        path.write_text(plain)
        slurm.stop_slurmdbd()
        slurm.start_slurmdbd()


def test_what_is_hidden_from_a_stranger_is_told(
    slurm: SlurmCluster, resource: Any, stranger: SlurmBackend, caplog: pytest.LogCaptureFixture
) -> None:
    account = resource.backend_id
    assert stranger.diagnostics(), "nothing is hidden yet"
    assert stranger.client.get_resource(account) is not None
    with private(slurm, "jobs,users"):
        with pytest.raises(BackendUnavailableError, match="adminlevel=Operator"):
            stranger.client.get_resource(account)
        assert not stranger.diagnostics()
        assert "look idle (PrivateData=jobs) and" in caplog.text
        slurm.sacctmgr("modify", "user", STRANGER, "set", "adminlevel=Operator")
        assert stranger.client.get_resource(account) is not None
        assert stranger.diagnostics()
