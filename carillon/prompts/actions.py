"""Every change of a prompt that is there: its words, a recording less, an earlier one again, reset and deletion."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from carillon.accounts import audit
from carillon.accounts.http import Request
from carillon.accounts.models import AuditEntry
from carillon.prompts import sounds
from carillon.prompts.models import How, Prompt, PromptVersion
from carillon.prompts.uses import let_go
from carillon.prompts.words_form import PromptForm

Verb = AuditEntry.Verb


def save_words(request: Request, prompt: Prompt, form: PromptForm) -> bool:
    """Store name and description; False: somebody just took the name."""
    data = form.cleaned_data
    prompt.name, prompt.description = data.get("name", prompt.name), data["description"]
    try:
        with transaction.atomic(), audit.change(request, prompt, Verb.CHANGE):
            prompt.save(update_fields=["name", "description", "updated_at"])
    except IntegrityError:
        return False
    return True


def remove_recording(request: Request, prompt: Prompt, language: str) -> bool:
    """Take the recording in a language away; False: it is the last one, and stays. Its versions stay, too."""
    with transaction.atomic():
        Prompt.objects.select_for_update().get(pk=prompt.pk)
        if not prompt.audio.exclude(language=language).exists():
            return False
        with audit.change(request, prompt, Verb.CHANGE):
            if prompt.audio.filter(language=language).delete()[0]:
                prompt.save(update_fields=["updated_at"])
    return True


def bring_back(request: Request, version: PromptVersion) -> None:
    """Have callers hear an earlier version again."""
    with audit.change(request, version.prompt, Verb.CHANGE):
        sounds.bring_back(version)


@dataclass(frozen=True, slots=True)
class Reset:
    """What a reset does with the recording in one language; `version` None: it goes, it was not delivered."""

    language: str
    version: PromptVersion | None


def resets(prompt: Prompt) -> list[Reset]:
    """Return what a reset changes, language by language; nothing for a prompt of which nothing was delivered."""
    if not prompt.key:
        return []
    delivered: dict[str, PromptVersion] = {}
    for version in prompt.versions.filter(how=How.SYSTEM).select_related("prompt"):
        delivered.setdefault(version.language, version)  # the latest comes first
    if not delivered:
        return []
    heard = dict(prompt.audio.values_list("language", "sha256"))
    differ = [Reset(code, version) for code, version in delivered.items() if heard.get(code) != version.sha256]
    extra = [Reset(code, None) for code in heard if code not in delivered]
    return sorted([*differ, *extra], key=lambda step: step.language)


def reset(request: Request, prompt: Prompt) -> None:
    """Make every recording the delivered one."""
    with audit.change(request, prompt, Verb.CHANGE):
        for step in resets(prompt):
            if step.version is None:
                prompt.audio.filter(language=step.language).delete()
            else:
                sounds.bring_back(step.version)
        prompt.save(update_fields=["updated_at"])


def delete(request: Request, prompt: Prompt) -> bool:
    """Delete an own prompt with its recordings; False: something uses it by now. Its sounds stay for an undo."""
    try:
        with transaction.atomic(), audit.change(request, prompt, Verb.DELETE):
            let_go(prompt)
            Prompt.objects.filter(pk=prompt.pk).delete()
    except ProtectedError:
        return False
    return True
