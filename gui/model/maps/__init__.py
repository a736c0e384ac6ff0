"""Maps of a session: which there are, what is known of their points, the training of one at a time. No widgets."""

from __future__ import annotations
