"""Whatever the core says fits into Slack: no message, form or tab is ever refused."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.forms import render_form
from adapters.slack.inbound import Place, metadata
from adapters.slack.render import (
    render_blocks,
    render_dialog,
    render_home,
    render_message,
    render_messages,
)
from bot.conversation.card import Card, Form
from bot.reciprocity.digest import build
from bot.wording.digest import digest
from tests.core.closed import Closed, largest_rounds
from tests.slack.limits import blocks_too_long, message_faults, view_faults
from tests.strategies import CARDS, forms


@given(CARDS, st.booleans())
def test_every_card_fits_as_a_message_as_a_modal_and_on_the_home_tab(
    card: Card, native: bool
) -> None:
    message = render_message(card, native=native)
    assert message["text"]
    assert message_faults(message["blocks"]) == []
    assert view_faults(render_dialog(card)) == []
    assert view_faults(render_home(card)) == []


@given(forms())
def test_every_form_fits_into_a_modal(form: Form) -> None:
    view = render_form(form, metadata(form.action, Place(response_url="https://hooks.slack.com/x")))
    assert view_faults(view) == []


@given(largest_rounds(), st.booleans())
def test_the_longest_results_come_in_parts_that_fit(closed: Closed, native: bool) -> None:
    result = build(closed.round, 600, closed.rate, closed.release, ())
    card = digest(result, "Northmoor Health and Care", "Europe/London")
    parts = render_messages(card, native=native)
    for part in parts:
        assert part["text"]
        assert message_faults(part["blocks"]) == []
        assert not blocks_too_long(part["blocks"])
    assert [block for part in parts for block in part["blocks"]] == render_blocks(
        card, native=native
    )
