"""What the engine's room promises to the rooms above it."""

from __future__ import annotations
