"""The file itself: missing, empty, no YAML, no text, repeated keys, anchors and merge keys."""

from __future__ import annotations

from typing import Any

import pytest

from waldur_site_agent.config.load import load
from waldur_site_agent.config.problems import ConfigurationError

OFFERING = """\
  - name: {name}
    waldur_api_url: https://waldur.example.org/api/
    waldur_api_token: token-of-the-agent
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b32{digit}
    backend_type: slurm
"""


def told(path: Any) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return str(problem)


def test_a_file_that_is_not_there(tmp_path: Any) -> None:
    text = told(tmp_path / "config.yaml")

    assert "found no file that can be read (No such file or directory)" in text
    assert "Name it with -c FILE." in text


def test_a_folder(tmp_path: Any) -> None:
    assert "no file that can be read (Is a directory)" in told(tmp_path)


def test_a_path_that_is_none() -> None:
    assert "no file that can be read (no path at all)" in told("a\0b")


@pytest.mark.parametrize(
    ("content", "place", "said"),
    [
        ("", "", "found an empty file; expected the agent's settings"),
        ("# nothing\n", "", "found an empty file; expected the agent's settings"),
        ("---\n", ":2", "found an empty file; expected the agent's settings"),
        ("null\n", ":1", "found an empty file; expected the agent's settings"),
        ("- a\n- b\n", ":1", "found a list; expected a mapping with the key offerings"),
        ("a-password\n", ":1", "found text; expected a mapping with the key offerings"),
        ("42\n", ":1", "found 42; expected a mapping with the key offerings"),
        ("{}\n", ":1", "offerings: found nothing; expected a value: the key is required"),
        ("offerings:\n  - name: [\n", ":3:1", "found no valid YAML"),
        ("a: b: c\n", ":1:5", "found no valid YAML: mapping values are not allowed"),
        ("offerings:\n\t- name: x\n", ":2:1", "YAML is indented with spaces, not with tabs."),
        ("a: 1\n---\nb: 2\n", ":2:1", "found no valid YAML: expected a single document"),
        ("a: &x 1\nb: *y\n", ":2:4", "found no valid YAML"),
        ("!!python/object:os.system {}\n", ":1", "found an unknown tag (!…)"),
        ("{offerings: []", ":2:1", "found no valid YAML"),
        (b"offerings: []\nname: \xff\xfe\n", ":2", "that is not UTF-8"),
        (b"offerings: []\n\x00", ":2", "a character that YAML does not allow"),
    ],
)
def test_what_is_no_configuration(site: Any, content: str | bytes, place: str, said: str) -> None:
    path = site.write(content)

    text = told(path)

    assert text.startswith(f"{path}{place}: error: ")
    assert said in text


def test_a_syntax_error_does_not_quote_the_file(site: Any) -> None:
    site.write("offerings:\n  - waldur_api_token: 'hush-hush\n")

    assert "hush" not in told(site.path)


def test_aliases_of_aliases_end(site: Any) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]

    site.write("\n".join(["a0: &a0 [x, x, x]", *levels, "offerings: *a8"]))

    assert "too many or too deeply nested values" in told(site.path)


@pytest.mark.parametrize("depth", [900, 50_000])
def test_deep_nesting_ends(site: Any, depth: int) -> None:
    site.write("offerings: " + "[" * depth + "]" * depth)

    assert "nest" in told(site.path)


def test_an_alias_inside_what_it_stands_for(site: Any) -> None:
    site.write_root()
    site.write(site.path.read_text() + "log_shipping: &a {enabled: *a}\n")

    assert any("an alias inside what it stands for" in str(p) for p in site.problems())


def test_a_repeated_key_is_an_error_that_names_both_lines(site: Any) -> None:
    site.write("offerings: []\ntimezone: UTC\ntimezone: Europe/Tallinn\n")

    problem = next(p for p in site.problems() if p.key == "timezone")

    assert (problem.line, problem.found) == (3, "a key that is there already")
    assert problem.hint == "It is there in line 2 first."


def test_a_repeated_key_deep_inside(site: Any) -> None:
    block = "    backend_settings:\n      a: 1\n      b: 2\n      a: 3\n"

    site.write("offerings:\n" + OFFERING.format(name="HPC", digit=0) + block)

    (problem,) = site.problems()
    assert (problem.offering, problem.key, problem.line) == ("HPC", "backend_settings.a", 10)


def test_anchors_and_merge_keys_work_as_in_yaml(site: Any) -> None:
    site.write("""\
offerings:
  - &base
    name: One
    waldur_api_url: https://waldur.example.org/api/
    waldur_api_token: token-of-the-agent
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b320
    backend_type: slurm
    backend_settings: &settings {default_account: root, cluster_name: big}
  - <<: *base
    name: Two
    waldur_offering_uuid: d629d5e4-5567-425d-a9cd-bdc1af67b321
    backend_settings:
      <<: [{cluster_name: first, extra: 1}, *settings]
      default_account: own
""")

    one, two = site.load().configuration.offerings

    assert one.backend_settings == {"default_account": "root", "cluster_name": "big"}
    assert (two.name, two.waldur_api_url) == ("Two", "https://waldur.example.org/api/")
    assert two.backend_settings == {
        "cluster_name": "first",
        "extra": 1,
        "default_account": "own",
    }


@pytest.mark.parametrize("merged", ["5", "[{a: 1}, 4]", "text"])
def test_a_merge_with_something_else(site: Any, merged: str) -> None:
    site.write(f"offerings: []\n<<: {merged}\n")

    assert any(p.expected == "<< with another mapping" for p in site.problems())


@pytest.mark.parametrize("value", ["2020-99-99", "!!int ''", "!!float x", "!!bool x", "="])
def test_values_that_yaml_takes_for_something_that_they_are_not(site: Any, value: str) -> None:
    site.write(f"offerings: []\ntimezone: {value}\n")

    problem = next(p for p in site.problems() if p.key == "timezone")

    assert problem.found.startswith("something that YAML takes for a value of type")


@pytest.mark.parametrize("kind", ["set", "map", "omap", "pairs", "seq", "python/name:os.system"])
def test_tags_that_make_collections_or_objects_of_plain_values(site: Any, kind: str) -> None:
    site.write(f"offerings: []\ntimezone: !!{kind} x\n!!{kind} y: 1\n")

    told = [(problem.line, problem.severity) for problem in site.problems()]

    assert {(2, "error"), (3, "error")} <= set(told)


def test_keys_that_are_no_text_are_named_as_they_are_written(site: Any) -> None:
    site.write("offerings: []\n7: a\ntrue: b\nnull: c\n")

    unknown = [p.key for p in site.warnings() if p.found.startswith("an unknown key")]

    assert unknown == ["[7]", "true", "null"]


def test_a_file_from_windows(site: Any) -> None:
    path = site.write_root(timezone="Europe/Tallinn")

    site.write(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

    assert site.load().configuration.timezone == "Europe/Tallinn"
