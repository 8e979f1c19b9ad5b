"""How the manual becomes a site: see scripts/docs."""

project = "Waldur Site Agent"
copyright = "the Waldur Site Agent's authors"  # noqa: A001 - Sphinx's own name for it
extensions = ["myst_parser"]

# Pages stand where they belong, beside the code; links between them work here and on any forge.
root_doc = "docs/index"
include_patterns = [
    "docs/*.md",
    "plugins/*/README.md",
    "testkit/README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
]

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "Waldur Site Agent"
html_show_sphinx = False
html_copy_source = False
