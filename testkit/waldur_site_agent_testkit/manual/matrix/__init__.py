"""Which hooks the agent calls when, recorded from its own work for docs/plugin-hooks.md."""
