"""The wish that the process should end, as it travels through the work in hand."""


class StoppedError(Exception):
    """The process was asked to end; the step in hand is finished, the next is not begun."""
