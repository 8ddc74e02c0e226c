"""Measurements of what the product promises in numbers; never part of `make test`."""

from __future__ import annotations
