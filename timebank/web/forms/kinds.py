"""Which markup a field wants; the templates ask by this word and not by class names."""

from __future__ import annotations

from wtforms import Field

_BY_TYPE = {
    "RadioField": "radios",
    "SelectField": "select",
    "SelectMultipleField": "checks",
    "BooleanField": "tick",
    "TextAreaField": "textarea",
    "PasswordField": "password",
    "FileField": "file",
    "MultipleFileField": "file",
    "SearchField": "search",
    "HiddenField": "hidden",
    "CSRFTokenField": "hidden",
    "DateField": "native-date",
    "TimeField": "text",
}


def field_kind(field: Field) -> str:
    """The word of our own fields, or the nearest one for a plain WTForms field."""
    return str(getattr(field, "kind", "") or _BY_TYPE.get(field.type, "text"))
