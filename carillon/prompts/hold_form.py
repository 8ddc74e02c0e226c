"""What may be chosen as music on hold: a prompt that can be heard, words instead of music, or what is inherited."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from carillon.prompts.hold import ANNOUNCEMENT, MUSIC, Heard, Level, Place
from carillon.prompts.models import Prompt


def inherited_words(house: Heard, place: Place) -> str:
    """Say what is heard where nothing is chosen, and whose it is."""
    name = house.prompt.name if house.prompt else _("the melody of the telephone system")
    if place.function:
        return _("None of its own: the music of whoever holds the caller")
    if house.level is Level.ORGANIZATION:
        return _("Inherited from the organization: %(name)s") % {"name": name}
    return _("As delivered: %(name)s") % {"name": name}


class HoldMusicForm(forms.Form):
    """One choice."""

    prompt = forms.ChoiceField(label=gettext_lazy("Music on hold"), required=False)

    def __init__(self, *args: Any, place: Place, inherited: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self._prompts = {str(row.pk): row for row in place.organization.prompts.all()}
        field = cast(forms.ChoiceField, self.fields["prompt"])
        field.choices = [("", inherited), *_groups(self._prompts.values())]
        field.error_messages["invalid_choice"] = _("This prompt is gone. Choose another.")

    def clean_prompt(self) -> Prompt | None:
        prompt = self._prompts.get(self.cleaned_data["prompt"])
        if prompt and not prompt.audio.exists():
            raise forms.ValidationError(_("This prompt has no recording yet, so nobody could hear it. Choose another."))
        return prompt


def _groups(prompts: Iterable[Prompt]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Put music and own prompts first, then words instead of music, then all else."""
    own, instead, system = [], [], []
    for row in prompts:
        choice = (str(row.pk), row.name)
        if row.key == ANNOUNCEMENT:
            words = _("No music: the announcement “%(name)s”") % {"name": row.name}
            instead.append((str(row.pk), words))
        elif row.key and row.key != MUSIC:
            system.append(choice)
        else:
            own.append(choice)
    groups = [(_("Music and own prompts"), own), (_("Instead of music"), instead), (_("System prompts"), system)]
    return [(title, choices) for title, choices in groups if choices]
