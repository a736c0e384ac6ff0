"""Maps: points planned into tasks, trained here or elsewhere, gathered as they end."""

from __future__ import annotations
