"""``python -m waldur_site_agent`` is the same as ``waldur_site_agent``."""

from waldur_site_agent.cli.main import main

if __name__ == "__main__":
    main(prog_name="waldur_site_agent")
