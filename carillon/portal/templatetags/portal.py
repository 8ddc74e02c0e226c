"""What templates write instead of markup that has to be the same everywhere."""

from __future__ import annotations

from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Textarea
from django.template.context import Context
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; without label it is decoration."""
    address = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"/></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="{}"/></svg>', address)


@register.simple_tag(takes_context=True)
def page_title(context: Context) -> SafeString:
    """The words of the block `title` once more, for the heading of the page."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block("title") if blocks else None
    return block.nodelist.render(context) if block else SafeString("")


@register.simple_tag
def control(field: BoundField) -> Any:
    """The field's input with the frame's class, tied to its help and its error."""
    widget = field.field.widget
    attributes: dict[str, Any] = {}
    if isinstance(widget, CheckboxInput):
        attributes["class"] = "form-check-input"
    elif isinstance(widget, Select):
        attributes["class"] = "form-select"
    else:
        attributes["class"] = "form-control"
    described = [
        f"{field.auto_id}_{part}" for part, text in (("help", field.help_text), ("error", field.errors)) if text
    ]
    if field.errors:
        attributes["class"] += " is-invalid"
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    if isinstance(widget, Textarea):
        attributes["rows"] = widget.attrs.get("rows", 4)
    attributes["class"] = f"{attributes['class']} {widget.attrs.get('class', '')}".strip()
    return field.as_widget(attrs=attributes)


@register.filter
def kind(field: BoundField) -> str:
    """What sort of input it is: check, choices or line."""
    match field.field.widget:
        case CheckboxSelectMultiple() | RadioSelect():
            return "choices"
        case CheckboxInput():
            return "check"
        case _:
            return "line"
