"""What is counted: names, labels and units, as a scrape shows them.

No label ever holds a person, a secret or an object's id: values are the configuration's, or ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Shape(Enum):
    """How a measure's values add up."""

    COUNTER = auto()
    """Only grows."""
    HISTOGRAM = auto()
    """How long something took, and how often."""
    GAUGE = auto()
    """How something stood when that was last told."""
    WATCHED = auto()
    """How something stands: a gauge that is read when somebody looks."""


MOMENTS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Bounds for what takes a moment, in seconds."""
MINUTES = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 1800.0, 3600.0)
"""Bounds for what may take an hour, in seconds."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One measure.

    Attributes:
        name: as Prometheus knows it; a counter's ends in ``_total``.
        text: what it says.
        shape: how its values add up.
        labels: what tells its series apart.
        bounds: of a histogram, in seconds.
    """

    name: str
    text: str
    shape: Shape
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


PASSES = Measure(
    name="waldur_site_agent_pass_duration_seconds",
    text="Passes over an offering, by how they ended.",
    shape=Shape.HISTOGRAM,
    labels=("offering", "mode", "outcome"),
    bounds=MINUTES,
)
LAST_SUCCESS = Measure(
    name="waldur_site_agent_last_success_timestamp_seconds",
    text="When the last pass went through to its end.",
    shape=Shape.GAUGE,
    labels=("offering", "mode"),
)
CHANGES = Measure(
    name="waldur_site_agent_changes_total",
    text="What was to be changed, by what became of it.",
    shape=Shape.COUNTER,
    labels=("offering", "kind", "outcome"),
)
REMOVALS_HELD_BACK = Measure(
    name="waldur_site_agent_removals_held_back",
    text="Members whose removal the last pass held back for a person to look at.",
    shape=Shape.GAUGE,
    labels=("offering",),
)
WALDUR_REQUESTS = Measure(
    name="waldur_site_agent_waldur_request_duration_seconds",
    text="Requests to Waldur, each attempt by itself.",
    shape=Shape.HISTOGRAM,
    labels=("operation", "outcome"),
    bounds=MOMENTS,
)
BACKEND_COMMANDS = Measure(
    name="waldur_site_agent_backend_command_duration_seconds",
    text="Commands of backends.",
    shape=Shape.HISTOGRAM,
    labels=("program", "outcome"),
    bounds=MOMENTS,
)
LOOKS = Measure(
    name="waldur_site_agent_look_duration_seconds",
    text="Looks that an event or a clock asked for, by how they ended; again counts the retries.",
    shape=Shape.HISTOGRAM,
    labels=("offering", "kind", "outcome"),
    bounds=MOMENTS,
)
EVENT_LAG = Measure(
    name="waldur_site_agent_event_lag_seconds",
    text="From the first message about something until it was looked at with success.",
    shape=Shape.HISTOGRAM,
    labels=("offering", "kind"),
    bounds=MINUTES,
)
QUEUE_DEPTH = Measure(
    name="waldur_site_agent_queue_depth",
    text="What waits to be looked at.",
    shape=Shape.WATCHED,
    labels=("offering",),
)
QUEUE_AGE = Measure(
    name="waldur_site_agent_queue_oldest_seconds",
    text="How long that waits which waits longest.",
    shape=Shape.WATCHED,
    labels=("offering",),
)
EVENTS_CONNECTED = Measure(
    name="waldur_site_agent_events_connected",
    text="Whether all connections for events are up.",
    shape=Shape.WATCHED,
    labels=("offering",),
)
SHIPPED_LINES = Measure(
    name="waldur_site_agent_shipped_log_lines_total",
    text="Log lines for Waldur, by what became of them.",
    shape=Shape.COUNTER,
    labels=("offering", "outcome"),
)
PROGRESS_AGE = Measure(
    name="waldur_site_agent_progress_age_seconds",
    text="How long ago the process last got on, as /healthz judges it.",
    shape=Shape.WATCHED,
)
SETTINGS_IN_FORCE = Measure(
    name="waldur_site_agent_newest_settings_in_force",
    text="Whether all that the settings' file says now is in force; 0 after a refusal.",
    shape=Shape.WATCHED,
)
BUILD_INFO = Measure(
    name="waldur_site_agent_build_info",
    text="Which agent this is; always 1.",
    shape=Shape.GAUGE,
    labels=("version", "mode"),
)

ALL = (
    PASSES,
    LAST_SUCCESS,
    CHANGES,
    REMOVALS_HELD_BACK,
    WALDUR_REQUESTS,
    BACKEND_COMMANDS,
    LOOKS,
    EVENT_LAG,
    QUEUE_DEPTH,
    QUEUE_AGE,
    EVENTS_CONNECTED,
    SHIPPED_LINES,
    PROGRESS_AGE,
    SETTINGS_IN_FORCE,
    BUILD_INFO,
)
