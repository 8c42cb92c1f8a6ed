"""Facts are cached under EXTRACTOR_VERSION, so it must follow the code that makes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import jobcheck.facts
import jobcheck.syntax
from jobcheck.syntax import EXTRACTOR_VERSION


def extracting_code() -> list[Path]:
    package = Path(jobcheck.syntax.__file__).parent
    return [Path(jobcheck.facts.__file__), *sorted(package.glob("*.py"))]


def digest() -> str:
    seen = hashlib.blake2b(digest_size=6)
    for path in extracting_code():
        lines = path.read_text(encoding="utf-8").splitlines()
        kept = [line for line in lines if not line.startswith("EXTRACTOR_VERSION = ")]
        seen.update("\n".join([path.name, *kept, ""]).encode())
    return seen.hexdigest()


def test_the_version_follows_the_code():
    expected = digest()
    assert expected == EXTRACTOR_VERSION, (
        f'the extracting code has changed: set EXTRACTOR_VERSION = "{expected}" in jobcheck/syntax/__init__.py'
    )
