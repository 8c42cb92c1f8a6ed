"""What each command asks for, prints and exits with; the pipeline itself is not run here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from jobcheck import engine
from jobcheck.catalog import UnknownRuleError
from jobcheck.cli import jobcheck
from jobcheck.model import Absent, Backoff, Keep, Known, Opaque, Unknown
from jobcheck.policy import PolicyError
from jobcheck.report import Report, Request, Unreadable
from tests.reports import fails, finding, place, project, report, shop


class Pipeline:
    """Stands in for the pipeline: remembers the requests, answers with a report."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.answer: Report | Exception = report(shop(1))

    def __call__(self, request: Request, progress: object) -> Report:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def pipeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipeline:
    stand_in = Pipeline()
    monkeypatch.setattr(engine, "run", stand_in)
    monkeypatch.chdir(tmp_path)
    return stand_in


def invoke(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(jobcheck, arguments, input=stdin, catch_exceptions=False)


def answer(pipeline: Pipeline, *codes: str) -> None:
    of = shop(1)
    pipeline.answer = report(of, *fails(*(finding(code, of.sites[0]) for code in codes)))


# --- exit codes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "options", "code"),
    [
        ((), (), 0),
        (("JC101",), (), 1),
        (("JC201",), (), 0),
        (("JC201",), ("--fail-on", "warning"), 1),
        (("JC201",), ("--fail-on", "note"), 1),
        (("JC101",), ("--exit-zero",), 0),
    ],
)
def test_findings_decide_the_exit_code(
    pipeline: Pipeline, codes: tuple[str, ...], options: tuple[str, ...], code: int
) -> None:
    answer(pipeline, *codes)
    assert invoke("check", *options).exit_code == code


@pytest.mark.parametrize("options", [(), ("--exit-zero",)])
def test_an_unreadable_file_is_3_and_the_findings_are_printed(
    pipeline: Pipeline, options: tuple[str, ...]
) -> None:
    of = shop(1)
    problems = (Unreadable("shop/old.py", 1, 1, "invalid syntax"),)
    pipeline.answer = report(of, *fails(finding("JC101", of.sites[0])), problems=problems)
    result = invoke("check", *options)
    assert result.exit_code == 3
    assert "JC101" in result.output


def test_an_internal_error_is_3_and_the_other_projects_are_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run(request: Request, progress: object) -> Report:
        if request.root.endswith("one"):
            raise ZeroDivisionError("broken")
        return report(shop(1))

    monkeypatch.setattr(engine, "run", run)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    result = invoke("check", str(tmp_path / "one"), str(tmp_path / "two"), "--exit-zero")
    assert result.exit_code == 3
    assert "ZeroDivisionError: broken" in result.stderr
    assert "internal error in the project at" in result.stderr
    assert result.stdout.endswith("0 findings\n")


def test_of_a_project_that_could_not_be_judged_nothing_is_claimed(pipeline: Pipeline) -> None:
    pipeline.answer = ZeroDivisionError("broken")
    result = invoke("check", "--format", "json")
    assert (result.exit_code, result.stdout) == (3, "")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("check", "nowhere"), "no such file or folder: nowhere"),
        (("check", "--format", "xml"), "'xml' is none of concise, github, "),
        (("check", "--format", "json:no/such/folder/x"), "cannot write no/such/folder/x"),
        (("check", "--profile", "strict"), "'strict' is not one of"),
        (("check", "--jobs", "0"), "0 is not in the range"),
        (("check", "--no-such-option"), "No such option"),
        (("check", "-"), "needs --stdin-filename"),
        (("check", "-", "other.py", "--stdin-filename", "a.py"), "stands alone"),
        (("check", "-", "--stdin-filename", "/elsewhere/../a.py", "--exit-zero", "nowhere"), "stands alone"),
        (("explain", "JC999"), "no rule JC999"),
        (("jobs", "--why", "tasks.py"), "PATH:LINE"),
        (("facts", "nowhere.py"), "does not exist"),
        (("config", "nowhere"), "no such file or folder"),
        (("nonsense",), "No such command"),
    ],
)
def test_a_wrong_command_is_2(pipeline: Pipeline, arguments: tuple[str, ...], complaint: str) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert complaint in result.stderr


def test_no_python_file_is_2_even_with_exit_zero(pipeline: Pipeline) -> None:
    pipeline.answer = report(shop(0), files_asked=0)
    result = invoke("check", "--exit-zero")
    assert result.exit_code == 2
    assert "no Python file under the paths given" in result.stderr


def test_a_python_file_that_the_settings_leave_out_is_no_mistake(pipeline: Pipeline) -> None:
    pipeline.answer = report(shop(0), files_asked=0, asked=("old/tasks.py",))
    assert invoke("check").exit_code == 0


def test_a_wrong_configuration_is_2(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "jobcheck.toml").write_text("slect = []")
    result = invoke("check")
    assert result.exit_code == 2
    assert "jobcheck.toml:1:1: unknown key 'slect'; did you mean 'select'?" in result.stderr


@pytest.mark.parametrize(
    "error", [UnknownRuleError("no rule is called 'X'"), PolicyError("policy: retry: bad")]
)
def test_settings_the_pipeline_refuses_are_2(pipeline: Pipeline, error: Exception) -> None:
    pipeline.answer = error
    result = invoke("check")
    assert result.exit_code == 2
    assert str(error) in result.stderr


# --- what is asked ------------------------------------------------------------------------


def test_options_reach_the_pipeline(pipeline: Pipeline, tmp_path: Path) -> None:
    invoke("check", "--strict", "--full", "--no-cache", "--no-ignores", "--include-tests", "--jobs", "3")
    assert pipeline.asked == [
        Request(
            str(tmp_path),
            (str(tmp_path),),
            strict=True,
            full=True,
            use_cache=False,
            honour_ignores=False,
            include_tests=True,
            workers=3,
        )
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ("pedantic", ("JC1",), ("JC6",), ("JC102",))),
        (("--select", "JC2,JC3", "--select", "JC4"), ("pedantic", ("JC2", "JC3", "JC4"), (), ())),
        (("--profile", "bugs"), ("bugs", (), ("JC6",), ("JC102",))),
        (
            ("--extend-select", "JC7", "--ignore", "JC101"),
            ("pedantic", ("JC1",), ("JC6", "JC7"), ("JC102", "JC101")),
        ),
    ],
)
def test_the_command_line_speaks_over_the_file(
    pipeline: Pipeline, tmp_path: Path, options: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    (tmp_path / "jobcheck.toml").write_text(
        'profile = "pedantic"\nselect = ["JC1"]\nextend-select = ["JC6"]\nignore = ["JC102"]\n'
    )
    invoke("check", *options)
    config = pipeline.asked[0].config
    assert (config.profile, config.select, config.extend_select, config.ignore) == expected


def test_paths_of_one_project_are_one_request_and_of_two_are_two(pipeline: Pipeline, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "app").mkdir(parents=True)
        (tmp_path / name / "jobcheck.toml").write_text("")
    invoke("check", "one/app", "one", "two/app")
    assert [(request.root, request.asked) for request in pipeline.asked] == [
        (str(tmp_path / "one"), ("app", ".")),
        (str(tmp_path / "two"), ("app",)),
    ]


def test_without_paths_those_of_the_settings_are_asked(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "jobcheck.toml").write_text('paths = ["src"]')
    invoke("check")
    assert pipeline.asked[0].asked == ("src",)


def test_standard_input_stands_for_a_file(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "jobcheck.toml").write_text("")
    invoke("check", "-", "--stdin-filename", "shop/tasks.py", stdin="x = 1\n")
    assert pipeline.asked[0].overlays == {"shop/tasks.py": b"x = 1\n"}
    assert pipeline.asked[0].asked == ("shop/tasks.py",)


# --- what is printed ----------------------------------------------------------------------


def test_several_formats_at_once(pipeline: Pipeline, tmp_path: Path) -> None:
    answer(pipeline, "JC101")
    result = invoke("check", "--format", "concise", "--format", "json:out.json")
    assert result.stdout.endswith("1 finding (1 error)\n")
    assert json.loads((tmp_path / "out.json").read_text())["findings"][0]["code"] == "JC101"


@pytest.mark.parametrize(
    ("environment", "colourful"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
)
def test_colours_follow_the_environment(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], colourful: bool
) -> None:
    for name in ("FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answer(pipeline, "JC101")
    assert ("\033[" in invoke("check").stdout) == colourful


def test_explain_prints_the_page_by_code_or_name() -> None:
    by_code = invoke("explain", "JC301")
    assert by_code.stdout == invoke("explain", "missing-attempts").stdout
    assert by_code.stdout.startswith("JC301 missing-attempts · error · profile checklist\n")
    assert "## Why it matters" in by_code.stdout


def test_rules_lists_every_rule_once() -> None:
    from tests.reports import CODES

    listed = [line.split()[0] for line in invoke("rules").stdout.splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(CODES)


def test_config_says_which_file_set_what(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text('profile = "bugs"')
    (tmp_path / "jobcheck.toml").write_text('extend = "base.toml"\nselect = ["JC1"]')
    lines = invoke("config").stdout.splitlines()
    assert lines[0] == "root = ."
    assert 'select               = ["JC1"]  # jobcheck.toml' in lines
    assert 'profile              = "bugs"  # base.toml' in lines
    assert 'tenancy              = "required"  # default' in lines


def test_the_inventory_for_programs(pipeline: Pipeline) -> None:
    of = shop(1)
    found = json.loads(invoke("jobs", "--format", "json").stdout)
    [job] = found["jobs"]
    options = job.pop("options")
    assert found["version"] == 1
    assert job == {
        "name": of.sites[0].job.name,
        "qualname": "job0",
        "registered": "job0",
        "framework": "celery",
        "path": "shop/tasks.py",
        "line": 10,
        "kind": "compute",
        "queue": None,
        "producers": [],
        "wrappers": [],
    }
    at = {"path": "shop/tasks.py", "line": 10}
    assert options["attempts"] == {"value": 4, "state": "literal", "origin": "decorator", **at}
    assert options["ack"] == {"value": "early", "state": "absent", "origin": "default", **at}


def test_the_inventory_for_people(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    lines = invoke("jobs").stdout.splitlines()
    assert lines[0] == "shop.tasks.job0  celery  compute  shop/shop/tasks.py:10"
    assert "  attempts        4  (decorator, shop/shop/tasks.py:10)" in lines
    assert "  ack             early  (default; to be set at shop/shop/tasks.py:10)" in lines


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Backoff("none"), "none"),
        (Backoff("fixed", 180.0), "fixed from 180 s"),
        (Backoff("exponential", 2.0, 60.0), "exponential from 2 s to 60 s"),
        (Keep(), "for ever"),
        (Keep(86_400.0), "86400 s"),
        (Keep(3600.0, 1000), "3600 s or 1,000 jobs"),
        (float("inf"), "unbounded"),
        (True, "True"),
    ],
)
def test_values_are_written_as_people_say_them(pipeline: Pipeline, value: object, words: str) -> None:
    site = shop(1).sites[0]
    changed = replace(
        site.job, options=replace(site.job.options, attempts=Known(value, place("a.py", 1), "call"))
    )
    pipeline.answer = report(project(replace(site, job=changed)))
    assert f"attempts        {words}  (call, " in invoke("jobs").stdout


def test_what_could_not_be_told_is_listed_with_what_hangs_on_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    at = place("shop/settings.py", 3)
    pipeline.answer = report(
        shop(2), *(Unknown("JC301", f"shop.tasks.job{i}", "read from the environment", at) for i in (0, 1))
    )
    assert invoke("jobs", "--opaque").stdout == (
        "shop/shop/settings.py:3:1  read from the environment\n    JC301: shop.tasks.job0, shop.tasks.job1\n"
    )


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        (Known(float("inf"), place("a.py", 1), "call"), "unbounded"),
        (Absent(3.0, place("a.py", 1)), 3),
        (Opaque("read from the environment", place("a.py", 1)), None),
    ],
)
def test_every_setting_is_valid_json(setting: object, expected: object) -> None:
    from jobcheck.inventory import document

    site = shop(1).sites[0]
    job = replace(site.job, options=replace(site.job.options, attempts=setting))
    of = shop(0)
    shown = document([report(replace(of, sites=(replace(site, job=job),)))])
    value = json.loads(json.dumps(shown, allow_nan=False))["jobs"][0]["options"]["attempts"]["value"]
    assert (value, type(value)) == (expected, type(expected))


def test_progress_is_shown_on_a_terminal_once_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    from jobcheck.commands import running

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def shown(stream: io.StringIO, patience: float) -> str:
        monkeypatch.setattr(running, "PATIENCE", patience)
        meter = running.Meter(stream)
        meter("reading", 3, 1200)
        meter.clear()
        return stream.getvalue()

    assert shown(Terminal(), 60) == ""
    assert shown(io.StringIO(), -1) == ""
    assert shown(Terminal(), -1) == "\r\033[Kreading 3/1,200\r\033[K"
