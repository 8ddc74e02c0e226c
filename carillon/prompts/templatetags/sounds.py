"""How the loudness of a sound becomes a picture: one bar for each hundredth, as tall as its loudest moment."""

from __future__ import annotations

from django import template

register = template.Library()
#: Of the picture in prompts/_waveform.html.
WIDTH, MIDDLE = 400, 32


@register.filter
def waveform(peaks: str) -> str:
    """Return the path of the bars; `peaks` as in PromptVersion."""
    heights = bytes.fromhex(peaks)
    step = WIDTH / max(1, len(heights))
    loudest = max(heights, default=0) or 1
    bars = []
    for number, height in enumerate(heights):
        half = max(0.5, (MIDDLE - 2) * height / loudest)
        bars.append(f"M{step * (number + 0.5):g} {MIDDLE - half:.1f}V{MIDDLE + half:.1f}")
    return "".join(bars)
