"""Tests in a real chromium."""
