"""What a person is told of a sound before it is kept: what it was, what was done to it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carillon.prompts.convert import Report
from carillon.prompts.sound import levels

#: Less than this share of clipped samples nobody hears.
CLIPPED = 0.0001
#: A file that was made louder by so much was recorded too quietly: its noise is heard too.
QUIET_DB = 20.0
#: A file that ends this much before it says it does was cut off.
MISSING_SECONDS = 0.25
KINDS = {"wav": "WAV", "aiff": "AIFF", "mp3": "MP3", "mov": "M4A", "ogg": "Ogg", "flac": "FLAC", "matroska": "WebM"}


@dataclass(frozen=True, slots=True)
class Told:
    """Facts as pairs of a name and a value, and sentences of what may be wrong."""

    facts: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@cache
def _loudness_of_codes() -> bytes:
    return bytes(min(255, int(abs(level) * 256)) for level in levels())


def peaks(alaw: bytes) -> str:
    """Return the loudest moment of each hundredth of a sound, two hex digits each: PromptVersion.peaks."""
    loud, size = alaw.translate(_loudness_of_codes()), len(alaw)
    if not size:
        return ""
    starts = [size * number // 100 for number in range(101)]
    parts = (loud[start : max(end, start + 1)] for start, end in pairwise(starts))
    return bytes(map(max, parts)).hex()


def told(report: Report, milliseconds: int) -> Told:
    """Return what the person is told, in the language of now."""
    facts = [(_("Length"), length(milliseconds / 1000))]
    if not report:
        return Told(facts)
    facts += [(_("Format"), _file(report)), (_("Loudness"), _loudness(_number(report, "gain")))]
    facts += _silence(report)
    return Told(facts, _warnings(report))


def _number(report: Report, name: str) -> float:
    return float(report.get(name, 0))


def length(seconds: float) -> str:
    """Return a length in words: tenths below a minute, whole seconds above."""
    if seconds < 59.95:
        return _("%(seconds)s seconds") % {"seconds": _tenths(seconds)}
    minutes, rest = divmod(round(seconds), 60)
    return _("%(minutes)s min %(seconds)s s") % {"minutes": minutes, "seconds": rest}


def _tenths(value: float) -> str:
    return str(formats.number_format(round(value, 1), 1))


def _file(report: Report) -> str:
    channels = int(_number(report, "channels"))
    named = {1: _("mono"), 2: _("stereo")}
    how_many = ngettext("%(count)s channel", "%(count)s channels", channels) % {"count": channels}
    rate = formats.number_format(round(_number(report, "rate") / 1000, 3), 3).rstrip("0").rstrip(".,")
    kind = KINDS.get(str(report.get("kind")), "")
    return f"{kind}, {rate} kHz, {named.get(channels, how_many)}"


def _loudness(gain: float) -> str:
    if abs(gain) < 0.5:
        return _("as it was")
    sentence = _("made louder by %(decibels)s dB") if gain > 0 else _("made quieter by %(decibels)s dB")
    return sentence % {"decibels": round(abs(gain))}


def _silence(report: Report) -> list[tuple[str, str]]:
    found = []
    ends = (("begin", _("Silence at the beginning")), ("end", _("Silence at the end")))
    for name, label in ends:
        before, cut = _number(report, f"silence_{name}"), _number(report, f"cut_{name}")
        if cut:
            sentence = _("%(before)s seconds, shortened to %(after)s")
            found.append((label, sentence % {"before": _tenths(before), "after": _tenths(before - cut)}))
    return found


def _warnings(report: Report) -> list[str]:
    found = []
    seconds, claimed = _number(report, "seconds"), _number(report, "claimed")
    if seconds + MISSING_SECONDS < claimed:
        sentence = _("The file is incomplete: it should last %(claimed)s, and only %(seconds)s of it are there.")
        found.append(sentence % {"claimed": length(claimed), "seconds": length(seconds)})
    elif _number(report, "damaged"):
        found.append(_("Parts of the file are damaged and were left out."))
    if (clipped := _number(report, "clipped")) >= CLIPPED:
        share = formats.number_format(max(0.01, round(clipped * 100, 2)), 2)
        sentence = _("%(share)s %% of the file is clipped: it was recorded too loudly and may sound distorted.")
        found.append(sentence % {"share": share})
    if _number(report, "gain") > QUIET_DB:
        found.append(_("The file is very quiet: with the voice its noise was made louder too."))
    return found
