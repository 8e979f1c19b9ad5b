"""The README's example works as it stands."""

import contextlib
import io
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_example_runs() -> None:
    example = README.read_text().split("```python\n", 1)[1].split("```", 1)[0]
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(compile(example, str(README), "exec"), {})  # noqa: S102 - our own example

    assert printed.getvalue().splitlines() == [
        "409 {'detail': 'Valid states for operation: executing.'}",
        "done OK []",
    ]
