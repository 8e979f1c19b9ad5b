"""The demo: an in-process Waldur, an emulated Slurm, and the real agent between them."""

from waldur_site_agent_testkit.demo.play import run

__all__ = ["run"]
