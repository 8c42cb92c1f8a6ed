"""`jobcheck explain`: a rule's page."""

from __future__ import annotations

import click

from jobcheck.catalog import UnknownRuleError, load_catalog
from jobcheck.commands.refusal import Refused


@click.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Say what RULE (a code or a name) finds, why it matters, and how to fix it."""
    try:
        page = load_catalog().find(rule)
    except UnknownRuleError as error:
        raise Refused(str(error)) from None
    click.echo(f"{page.code} {page.name} · {page.severity} · profile {page.profile}\n\n{page.text}", nl=False)
