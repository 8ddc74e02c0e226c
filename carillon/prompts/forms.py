"""What may be typed and sent for a voice prompt, and how each slip is answered beside its field."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from carillon.accounts.models import Organization, User
from carillon.prompts import files
from carillon.prompts.call_forms import CALL, PhoneFields, phone_of
from carillon.prompts.convert import MEGABYTES, SECONDS
from carillon.prompts.models import How, Prompt, PromptMaking

IMPORT, MICROPHONE, SAY = "file", "microphone", "say"
#: In the order in which they are offered; each has its part of the page in prompts/_source_<name>.html.
HOW = {IMPORT: How.FILE, CALL: How.CALL, MICROPHONE: How.MICROPHONE, SAY: How.SPEECH}
#: Why a worker could not make the sound -> the field and the sentence.
SENTENCES = {
    "format": ("file", _("This is not a sound file. Choose a .wav, .aiff, .mp3, .m4a, .ogg or .flac file.")),
    "kind": (
        "file",
        _("This kind of sound or film is not supported. Save it as .wav, .aiff, .mp3, .m4a, .ogg or .flac."),
    ),
    "video": ("file", _("This is a film. Save its sound alone, as .wav or .m4a.")),
    "broken": ("file", _("This file is damaged or incomplete: nothing of it can be read.")),
    "length": ("file", _("This is too long: at most %(minutes)s minutes.")),
    "empty": ("file", _("This file is empty.")),
    "nosound": ("file", _("There is no sound in this file.")),
    "resources": ("file", _("Reading this file takes too much memory or time. Save it anew as .wav and try again.")),
    "silent": ("text", _("There is nothing to say in these words.")),
    "long": ("text", _("Spoken, this lasts longer than %(minutes)s minutes. Shorten the text.")),
    "slow": ("text", _("Speaking this took too long. Shorten the text, or try again later.")),
    "large": ("text", _("Spoken, this is too large. Shorten the text.")),
    "engine": ("text", _("The program that speaks did not work. Try again, or tell who runs this installation.")),
    "name": ("name", _("There is a prompt of this name already.")),
    "other": (None, _("The sound could not be made. Try again.")),
}
#: The browser says how many characters are left (counter.js).
COUNTED = {"data-left": _("{left} characters left")}
ACCEPTED = ".wav,.wave,.aiff,.aif,.aifc,.mp3,.m4a,.mp4,.ogg,.oga,.opus,.flac,audio/*"


class SoundForm(PhoneFields):
    """Where a sound comes from: a file, a call, the microphone or words to be spoken; for another language no more."""

    source = forms.ChoiceField(
        label=_("File selection"),
        choices=[
            (IMPORT, _("Import the file")),
            (CALL, _("Record the file")),
            (MICROPHONE, _("Record with the microphone")),
            (SAY, _("Speak a text")),
        ],
        initial=IMPORT,
        widget=forms.RadioSelect,
    )
    file = forms.FileField(
        label=_("File"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        help_text=format_lazy(
            _(
                "WAV, AIFF, MP3, M4A, Ogg or FLAC, at most {minutes} minutes and {megabytes} MB. "
                "It is brought to the loudness of the other prompts and converted to A-law, 8 kHz, mono."
            ),
            minutes=SECONDS // 60,
            megabytes=MEGABYTES,
        ),
    )
    text = forms.CharField(
        label=_("Text"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3, **COUNTED})
    )
    language = forms.ChoiceField(label=_("Voice"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, organization: Organization, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("source") == SAY:
            self.errors.pop("file", None)
            data["file"] = None
            if not data.get("text") and "text" not in self.errors:
                self.add_error("text", _("Type what callers shall hear."))
        elif data.get("source") in {IMPORT, MICROPHONE}:
            self.errors.pop("text", None)
            data["text"] = ""
            self._check_file(data)
        return data

    def _check_file(self, data: dict[str, Any]) -> None:
        if "file" in self.errors:
            return
        if not data.get("file"):
            chosen = data["source"] == IMPORT
            self.add_error("file", _("Choose a file.") if chosen else _("Record something first."))
        elif data["file"].size > MEGABYTES * 1_000_000:
            self.add_error(
                "file",
                forms.ValidationError(
                    _("This file is too large: at most %(megabytes)s MB."), params={"megabytes": MEGABYTES}
                ),
            )

    def making(self, user: User, **about: Any) -> PromptMaking:
        """Return what a worker is to make of the valid form; a file is taken in. `about` says of which prompt."""
        data = self.cleaned_data
        row = PromptMaking(
            organization=self.organization,
            user=user,
            how=HOW[data["source"]],
            text=data["text"],
            language=data["language"] or self.organization.language,
            **about,
        )
        if data["file"]:
            row.incoming = files.take_in(data["file"])
            row.file_name = files.told_name(data["file"].name) if row.how == How.FILE else ""
        return row


class NewPromptForm(SoundForm):
    """Name and description, then the sound, which becomes the default recording."""

    name = forms.CharField(label=_("Prompt name"), max_length=80)
    description = forms.CharField(
        label=_("Prompt description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, **COUNTED}),
        help_text=_("A good rule is to enter the complete phrase."),
    )
    field_order = ["name", "description"]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if not name.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs on one line."))
        if self.organization.prompts.filter(name=name).exists():
            raise forms.ValidationError(SENTENCES["name"][1])
        return name

    def making(self, user: User, **about: Any) -> PromptMaking:
        data = self.cleaned_data
        return super().making(user, name=data["name"], description=data["description"], **about)


def form_of(prompt: Prompt | None) -> type[SoundForm]:
    """Return the form of a recording of `prompt`, or of a new one."""
    return SoundForm if prompt else NewPromptForm


def again(making: PromptMaking, *, failed: bool) -> SoundForm:
    """Return the form of a recording that was not kept: what was typed, and why it could not be made if it `failed`."""
    typed = {name: getattr(making, name) for name in ("name", "description", "text", "language")}
    typed["phone"] = phone_of(making)
    typed["source"] = next((source for source, how in HOW.items() if how == making.how), IMPORT)
    make_form = form_of(making.prompt)
    if not failed:
        return make_form(initial=typed, organization=making.organization)
    form = make_form(typed, organization=making.organization)
    form.is_valid()
    field, sentence = SENTENCES.get(making.error, SENTENCES["other"])
    if field not in form.fields:
        field = None
    form.errors.pop(field or "file", None)
    form.errors.pop("file", None)
    if field is None:
        form.errors.pop("__all__", None)
    form.add_error(field, forms.ValidationError(sentence, params={"minutes": SECONDS // 60}))
    return form
