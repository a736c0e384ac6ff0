"""Which version of a package is installed: the lab's own, or of what it stands on."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version

LAB = "margin-lab"
"""The lab as a package."""


@cache
def version_of(package: str = LAB) -> str:
    """Return the version of a package; '' where it is not installed, as of a lab that is used from its folder."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
