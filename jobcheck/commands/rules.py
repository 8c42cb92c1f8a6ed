"""`jobcheck rules`: all rules in a table."""

from __future__ import annotations

import click

from jobcheck.catalog import SECTIONS, load_catalog


@click.command()
def rules() -> None:
    """List all rules by section of the checklist, with default severity and smallest profile."""
    listed = load_catalog().rules
    width = max(len(rule.name) for rule in listed)
    for number, title in SECTIONS.items():
        click.echo(f"{number} {title}")
        for rule in (rule for rule in listed if rule.section == number):
            level = f"{rule.severity:<7}  {rule.profile:<9}"
            click.echo(f"  {rule.code} {rule.name:<{width}}  {level}  {rule.summary}")
