"""Fields that stand in several forms; what was typed before stands in them again."""

from __future__ import annotations

from bot.conversation.card import ChoiceField, TextField, Values
from bot.conversation.roles import Role


def typed(
    draft: Values, name: str, label: str, hint: str = "", *, required: bool = True, most: int = 254
) -> TextField:
    """One line."""
    value = (draft.get(name) or ("",))[0]
    return TextField(
        id=name, label=label, value=value, hint=hint, required=required, max_length=most
    )


def role(draft: Values) -> ChoiceField:
    """What people are in a programme; participants, unless another was chosen."""
    return ChoiceField(
        id="role",
        label="Role",
        options=tuple((one.value, one.value.capitalize()) for one in Role),
        value=draft.get("role") or (Role.PARTICIPANT.value,),
    )
