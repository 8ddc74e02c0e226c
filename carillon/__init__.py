"""Carillon: an administrator decides what happens to calls; Asterisk makes it so on the next call."""

from __future__ import annotations
