"""What a settings file may say, for pydantic: imported only to validate a file that is new.

`python -m jobcheck.schema` prints the JSON Schema that editors use.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jobcheck.catalog import Profile, Severity
from jobcheck.model import JobKind, Volume
from jobcheck.settings_file import ConfigError, Layer
from jobcheck.toml_place import place_of


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=_kebab)


class JobTable(_Table):
    kind: JobKind | None = Field(None, description="What sort of job it is, where its calls do not tell.")
    volume: Volume | None = Field(
        None, description="The class that says how long its finished jobs are kept."
    )


class SettingsTable(_Table):
    """Settings of jobcheck: `[tool.jobcheck]` in pyproject.toml, or the whole of jobcheck.toml."""

    extend: str | None = Field(
        None,
        description="Another settings file, for what this one leaves out.",
        examples=["../jobcheck.toml"],
    )
    paths: list[str] = Field(
        [], description="What `jobcheck check` looks at when no path is given.", examples=[["services"]]
    )
    exclude: list[str] = Field(
        [], description="Folders and globs of files that are not read.", examples=[["scripts/"]]
    )
    select: list[str] = Field(
        [], description="The rules to use, instead of the profile's.", examples=[["JC1", "missing-attempts"]]
    )
    extend_select: list[str] = Field(
        [], description="Rules to use beside the selected ones.", examples=[["JC108"]]
    )
    ignore: list[str] = Field([], description="Rules not to use.", examples=[["JC205"]])
    per_path_ignores: dict[str, list[str]] = Field(
        {}, description="Rules not to use, by pattern of files.", examples=[{"legacy/**": ["JC4"]}]
    )
    severity: dict[str, Severity] = Field(
        {}, description="The severity of a rule.", examples=[{"JC2": "warning", "JC301": "note"}]
    )
    profile: Profile = Field("checklist", description="How much is asked of a job.")
    baseline: str | None = Field(
        None,
        description="The file of known findings; jobcheck-baseline.jsonl where there is one.",
        examples=["ci/known.jsonl"],
    )
    tenant_names: list[str] = Field(
        [], description="More names that stand for the tenant.", examples=[["club_id"]]
    )
    correlation_names: list[str] = Field(
        [], description="More names that stand for the correlation id.", examples=[["cause_id"]]
    )
    tenancy: Literal["required", "none"] = Field("required", description='"none" where there are no tenants.')
    policy: dict[str, Any] = Field(
        {},
        description="Values to use instead of those in rules/policy.toml.",
        examples=[{"retry": {"email": {"attempts": 5}}}],
    )
    vocabulary: dict[str, Any] = Field(
        {},
        description="Calls to know beside those in rules/vocabulary.toml.",
        examples=[{"library": [{"name": "Company mail", "kind": "email", "repeats": ["company.mail.post"]}]}],
    )
    task_decorators: list[str] = Field(
        [], description="Decorators, by dotted path, that make a job.", examples=[["company.tasks.task"]]
    )
    producer_wrappers: list[str] = Field(
        [],
        description="Functions, by dotted path, that enqueue the job they are given first.",
        examples=[["company.tasks.enqueue"]],
    )
    transaction_wrappers: list[str] = Field(
        [], description="Context managers that open a transaction.", examples=[["company.database.atomic"]]
    )
    target_versions: dict[str, str] = Field(
        {},
        description="The version of each framework that is in use; no rule depends on it yet.",
        examples=[{"celery": "5.4"}],
    )
    jobs: dict[str, JobTable] = Field(
        {},
        description="What is known of jobs, by pattern of names.",
        examples=[{"shop.reports.*": {"kind": "compute", "volume": "critical"}}],
    )


def validate(layer: Layer) -> dict[str, Any]:
    """What the file sets, by key. Raises ConfigError, one line for each mistake."""
    try:
        table = SettingsTable.model_validate(layer.table)
    except ValidationError as error:
        mistakes = [_mistake(layer, e["loc"], e["type"], e["msg"]) for e in error.errors()]
        raise ConfigError("\n".join(_line(layer, *m) for m in sorted(set(mistakes)))) from None
    return table.model_dump(by_alias=True, exclude_unset=True, exclude={"extend"})


def _mistake(layer: Layer, path: Sequence[str | int], kind: str, message: str) -> tuple[int, int, str]:
    keys = [str(key) for key in path]
    line, column = place_of(layer.text, (*layer.prefix, *keys))
    return line, column, _unknown(keys) if kind == "extra_forbidden" else f"{'.'.join(keys)}: {message}"


def _line(layer: Layer, line: int, column: int, message: str) -> str:
    return f"{layer.file}:{line}:{column}: {message}"


def _unknown(keys: list[str]) -> str:
    table = JobTable if keys[0] == "jobs" else SettingsTable
    known = [_kebab(name) for name in table.model_fields]
    near = get_close_matches(_kebab(keys[-1]), known, n=1)
    return f"unknown key '{keys[-1]}'" + (
        f"; did you mean '{near[0]}'?" if near else f" ({', '.join(known)})"
    )


def json_schema() -> str:
    """The JSON Schema of a settings file, as it is kept in docs/."""
    schema = SettingsTable.model_json_schema(by_alias=True)
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema, indent=2) + "\n"


if __name__ == "__main__":
    print(json_schema(), end="")
