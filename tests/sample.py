"""The sample application beside the checklist."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from jobcheck import engine
from jobcheck.catalog import load_catalog
from jobcheck.checklist.matrix import Matrix, matrix
from jobcheck.config import load
from jobcheck.report import Request

SHOP = Path(__file__).parents[1] / "fixtures" / "shop"


def shop(**asked: object) -> Matrix:
    """The sample application beside the checklist."""
    config = load(SHOP, use_cache=False).config
    request = Request(str(SHOP), (str(SHOP),), config, use_cache=False, full=True, baseline="", workers=1)
    return matrix(engine.run(replace(request, **asked)), load_catalog())
