"""What Carillon itself says on the telephone: how to record a prompt, in the language of who is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from carillon.prompts import speech
from carillon.prompts.hearing import recording
from carillon.prompts.models import Announcement, CallBack

LANGUAGES = ("en", "nl", "fr", "de")
BEGIN, SPEAK, MENU, KEPT, DROPPED, EMPTY = (
    "record_begin",
    "record_speak",
    "record_menu",
    "record_kept",
    "record_dropped",
    "record_empty",
)
#: Key -> the words in the order of LANGUAGES.
WORDS = {
    BEGIN: (
        "You are called to record a voice prompt. Press 1 to begin.",
        "U wordt gebeld om een melding in te spreken. Druk op 1 om te beginnen.",
        "Nous vous appelons pour enregistrer une invite vocale. Appuyez sur 1 pour commencer.",
        "Sie werden angerufen, um eine Ansage aufzunehmen. Drücken Sie die 1, um zu beginnen.",
    ),
    SPEAK: (
        "Speak your prompt after the tone. When you are done, press the hash key.",
        "Spreek uw melding in na de toon. Druk op het hekje als u klaar bent.",
        "Enregistrez votre invite après le signal sonore. Appuyez sur dièse pour terminer.",
        "Sprechen Sie Ihre Ansage nach dem Ton. Drücken Sie die Rautetaste, wenn Sie fertig sind.",
    ),
    MENU: (
        "To keep this recording, press 1. To record it again, press 2. "
        "To discard it, press 3. To hear it again, press 4.",
        "Druk op 1 om deze opname te bewaren. Druk op 2 om opnieuw op te nemen. "
        "Druk op 3 om ze te wissen. Druk op 4 om ze nog eens te horen.",
        "Pour garder cet enregistrement, appuyez sur 1. Pour le refaire, appuyez sur 2. "
        "Pour l'abandonner, appuyez sur 3. Pour le réécouter, appuyez sur 4.",
        "Um diese Aufnahme zu behalten, drücken Sie die 1. Um sie zu wiederholen, die 2. "
        "Um sie zu verwerfen, die 3. Um sie noch einmal zu hören, die 4.",
    ),
    KEPT: (
        "Your recording is saved. Goodbye.",
        "Uw opname is bewaard. Tot ziens.",
        "Votre enregistrement est sauvegardé. Au revoir.",
        "Ihre Aufnahme ist gespeichert. Auf Wiederhören.",
    ),
    DROPPED: (
        "Your recording is discarded. Goodbye.",
        "Uw opname is gewist. Tot ziens.",
        "Votre enregistrement est abandonné. Au revoir.",
        "Ihre Aufnahme ist verworfen. Auf Wiederhören.",
    ),
    EMPTY: (
        "Nothing was heard.",
        "Er was niets te horen.",
        "Rien n'a été entendu.",
        "Es war nichts zu hören.",
    ),
}


def write(key: str, language: str, audio: bytes, store: Path) -> None:
    """Have callers hear `audio` (A-law, 8 kHz, mono) where this is to be said."""
    found = {"sha256": speech.keep(store, audio), "milliseconds": len(audio) // 8}
    Announcement.objects.update_or_create(key=key, language=language, defaults=found)


def missing() -> list[tuple[str, str, str]]:
    """Return what has no sound yet: key, language and words; one query."""
    there = set(Announcement.objects.values_list("key", "language"))
    return [
        (key, language, words)
        for key, texts in WORDS.items()
        for language, words in zip(LANGUAGES, texts, strict=True)
        if (key, language) not in there
    ]


def speak_missing(espeak: Callable[[], Sequence[str]], store: Path) -> None:
    """Say what has no sound yet; `espeak` is asked how it is started only if there is anything to say."""
    for key, language, words in missing():
        write(key, language, speech.say(espeak(), speech.VOICES[language], words), store)


def sounds_for(row: CallBack) -> dict[str, str]:
    """Return the SHA-256 of each thing to be said to who is called, and of the organization's beep; two queries."""
    wanted = row.callee.language
    rows = Announcement.objects.filter(language__in=(wanted, "en")).values_list("key", "language", "sha256")
    found = {key: sha256 for key, language, sha256 in rows if language == "en"}
    found |= {key: sha256 for key, language, sha256 in rows if language == wanted}
    organization = row.making.organization
    beep = organization.prompts.prefetch_related("audio").filter(key="beep").first()
    if beep and (sha256 := recording(beep, wanted, organization.language)):
        found["beep"] = sha256
    return found
