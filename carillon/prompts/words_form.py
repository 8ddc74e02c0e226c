"""What may be typed for the name and the description of a voice prompt; the system's prompts keep their name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from carillon.prompts.forms import SENTENCES
from carillon.prompts.models import Prompt


class WordsField(forms.CharField):
    """A text of some lines: a new line counts as one letter, as it does in the browser."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n").replace("\x00", "")


class PromptForm(forms.Form):
    """Name and description of a prompt that is there."""

    name = forms.CharField(label=_("Prompt name"), max_length=80)
    description = WordsField(
        label=_("Prompt description"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A good rule is to enter the complete phrase."),
    )

    def __init__(self, *args: Any, prompt: Prompt, **options: Any) -> None:
        options.setdefault("initial", {"name": prompt.name, "description": prompt.description})
        super().__init__(*args, **options)
        self.prompt = prompt
        if prompt.key:
            # The system's prompts are known by their names.
            del self.fields["name"]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if not name.isprintable():
            raise forms.ValidationError(_("Use letters, digits and signs on one line."))
        if self.prompt.organization.prompts.filter(name=name).exclude(pk=self.prompt.pk).exists():
            raise forms.ValidationError(SENTENCES["name"][1])
        return name
