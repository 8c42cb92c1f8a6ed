"""Where settings are found, what they may say, and what is said of mistakes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jobcheck import schema
from jobcheck.config import Config, JobSettings, load
from jobcheck.settings_file import ConfigError, project_root, settings_file

ROOT = Path(__file__).parents[2]


def write(folder: Path, text: str, name: str = "jobcheck.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


EVERY_KEY = """
paths = ["src"]
exclude = ["src/old/"]
select = ["JC1"]
extend-select = ["JC301"]
ignore = ["JC102"]
profile = "pedantic"
baseline = "known.jsonl"
tenant-names = ["club_id"]
correlation-names = ["trace"]
tenancy = "none"
task-decorators = ["company.task"]
producer-wrappers = ["company.enqueue"]
transaction-wrappers = ["company.atomic"]
per-path-ignores = { "legacy/**" = ["JC3"] }
severity = { JC301 = "note" }
target-versions = { celery = "5.4" }

[policy.retry.email]
attempts = 5

[vocabulary]
anything = 1

[jobs."shop.mail.*"]
kind = "email"
volume = "high"
"""


def test_every_key_is_read(tmp_path: Path) -> None:
    write(tmp_path, EVERY_KEY)
    assert load(tmp_path).config == Config(
        paths=("src",),
        exclude=("src/old/",),
        select=("JC1",),
        extend_select=("JC301",),
        ignore=("JC102",),
        profile="pedantic",
        baseline="known.jsonl",
        tenant_names=("club_id",),
        correlation_names=("trace",),
        tenancy="none",
        task_decorators=("company.task",),
        producer_wrappers=("company.enqueue",),
        transaction_wrappers=("company.atomic",),
        per_path_ignores={"legacy/**": ("JC3",)},
        severity={"JC301": "note"},
        target_versions={"celery": "5.4"},
        policy={"retry": {"email": {"attempts": 5}}},
        vocabulary={"anything": 1},
        jobs={"shop.mail.*": JobSettings("email", "high")},
    )


def test_schema_and_config_have_the_same_keys() -> None:
    described = json.loads(schema.json_schema())["properties"]
    assert set(described) == set(Config.__struct_encode_fields__) | {"extend"}


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    assert load(tmp_path).config == Config()


# --- finding ------------------------------------------------------------------------------


def test_pyproject_counts_only_when_it_speaks_of_jobcheck(tmp_path: Path) -> None:
    write(tmp_path, "[tool.other]\njobcheck = 1\n", "pyproject.toml")
    assert settings_file(tmp_path) is None
    file = write(tmp_path, '[tool.jobcheck]\nprofile = "bugs"\n', "pyproject.toml")
    assert settings_file(tmp_path) == file
    assert load(tmp_path).config.profile == "bugs"


def test_the_own_file_wins_over_pyproject(tmp_path: Path) -> None:
    write(tmp_path, '[tool.jobcheck]\nprofile = "bugs"\n', "pyproject.toml")
    write(tmp_path, 'profile = "pedantic"\n')
    assert load(tmp_path).config.profile == "pedantic"


def test_the_root_is_the_nearest_folder_with_settings_then_git_then_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "repository" / "service" / "app"
    inner.mkdir(parents=True)
    file = write(inner, "", "tasks.py")
    assert project_root(file) == inner
    (tmp_path / "repository" / ".git").mkdir()
    assert project_root(file) == tmp_path / "repository"
    write(tmp_path / "repository" / "service", "")
    assert project_root(inner) == tmp_path / "repository" / "service"


def test_settings_above_a_repository_still_are_nearer_than_its_git_folder(tmp_path: Path) -> None:
    write(tmp_path, "")
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    assert project_root(tmp_path / "repository") == tmp_path


# --- extending ----------------------------------------------------------------------------


def test_the_nearest_file_wins_key_by_key_and_each_key_knows_its_file(tmp_path: Path) -> None:
    base = write(tmp_path, 'profile = "bugs"\nselect = ["JC1"]\nseverity = { JC1 = "note", JC2 = "note" }\n')
    near = write(
        tmp_path / "service", 'extend = "../jobcheck.toml"\nselect = ["JC3"]\nseverity = { JC2 = "error" }\n'
    )
    settings = load(tmp_path / "service")
    assert settings.config == Config(
        profile="bugs", select=("JC3",), severity={"JC1": "note", "JC2": "error"}
    )
    assert settings.origins == {"profile": base, "select": near, "severity": near}


def test_extending_in_a_circle_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, 'extend = "service/jobcheck.toml"\n')
    write(tmp_path / "service", 'extend = "../jobcheck.toml"\n')
    with pytest.raises(ConfigError, match="circle"):
        load(tmp_path)


def test_extending_nothing_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, 'extend = "../nowhere.toml"\n')
    with pytest.raises(ConfigError, match=r"does not exist: \.\./nowhere\.toml"):
        load(tmp_path)


# --- mistakes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('slect = ["JC1"]', ":1:1: unknown key 'slect'; did you mean 'select'?"),
        ("\n  qqq = 1", ":2:3: unknown key 'qqq' (extend, paths"),
        ('[jobs."a.*"]\nvolumes = "high"', ":2:1: unknown key 'volumes'; did you mean 'volume'?"),
        ('profile = "strict"', ":1:1: profile: Input should be 'bugs', 'checklist' or 'pedantic'"),
        ('severity = { JC101 = "fatal" }', ":1:14: severity.JC101: Input should be 'error'"),
        ('[severity]\nJC101 = "fatal"', ":2:1: severity.JC101: Input should be 'error'"),
        ("select = [\n  1,\n]", ":1:1: select.0: Input should be a valid string"),
        ("select = [", ":1:11: "),
        ("tenancy = 1", ":1:1: tenancy: Input should be 'required' or 'none'"),
    ],
)
def test_mistakes_are_told_with_their_place(tmp_path: Path, text: str, complaint: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(ConfigError) as raised:
        load(tmp_path)
    assert f"{file}{complaint}" in str(raised.value)


def test_a_mistake_in_pyproject_is_told_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, '[project]\nname = "x"\n\n[tool.jobcheck]\nprofil = "bugs"\n', "pyproject.toml")
    with pytest.raises(
        ConfigError, match=r"pyproject.toml:5:1: unknown key 'profil'; did you mean 'profile'"
    ):
        load(tmp_path)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "selct = []\nignor = []\n")
    with pytest.raises(ConfigError) as raised:
        load(tmp_path)
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "jobcheck.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


# --- keeping ------------------------------------------------------------------------------


def test_a_second_run_imports_no_pydantic(tmp_path: Path) -> None:
    write(tmp_path, EVERY_KEY)
    first = load(tmp_path)
    program = (
        "import sys, pathlib; from jobcheck.config import load\n"
        f"load(pathlib.Path({str(tmp_path)!r})); sys.exit('pydantic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
    assert load(tmp_path) == first


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "bugs"\n')
    load(tmp_path)
    write(tmp_path, 'profile = "pedantic"\n')
    assert load(tmp_path).config.profile == "pedantic"


def test_a_change_of_an_extended_file_is_seen(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "bugs"\n')
    write(tmp_path / "service", 'extend = "../jobcheck.toml"\n')
    load(tmp_path / "service")
    write(tmp_path, 'profile = "pedantic"\n')
    assert load(tmp_path / "service").config.profile == "pedantic"


def test_what_is_kept_is_hidden_from_git_and_damage_is_no_harm(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "bugs"\n')
    load(tmp_path)
    folder = tmp_path / ".jobcheck_cache"
    assert (folder / ".gitignore").read_text() == "*\n"
    [kept] = folder.glob("config-*.json")
    kept.write_text("{")
    assert load(tmp_path).config.profile == "bugs"


def test_nothing_is_kept_when_that_is_not_wanted(tmp_path: Path) -> None:
    write(tmp_path, 'profile = "bugs"\n')
    load(tmp_path, use_cache=False)
    assert not (tmp_path / ".jobcheck_cache").exists()


def test_the_published_schema_is_up_to_date() -> None:
    published = (ROOT / "docs" / "jobcheck.schema.json").read_text(encoding="utf-8")
    assert published == schema.json_schema(), "make pages writes it anew"


def test_the_published_schema_takes_what_is_right_and_refuses_what_is_not() -> None:
    import tomli
    from jsonschema import Draft202012Validator

    validator = Draft202012Validator(json.loads(schema.json_schema()))
    assert validator.is_valid(tomli.loads(EVERY_KEY))
    assert not validator.is_valid({"slect": []})
    assert not validator.is_valid({"profile": "strict"})
