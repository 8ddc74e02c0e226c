"""The only room that speaks to Asterisk: how the engine is obtained, started, configured, asked and told."""

from __future__ import annotations
