"""What Slack takes, in characters and pieces: docs.slack.dev, "Block Kit" and "Views"."""

from __future__ import annotations

MAX_NOTIFICATION = 3900  # of 4,000 that are advised for the text of a message
MAX_BLOCKS_JSON = 12_500  # of about 13,000 that the blocks of a message may be in all
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_TYPED = 3000  # in one box of a form
MAX_ALT = 2000
MAX_SAYS = 75  # the label of a button for screen readers
MAX_RADIO = 10  # radio buttons or checkboxes; more options take a menu
MAX_CHARTS = 2  # in one message
MAX_SERIES = 6
MAX_POINTS = 20
MAX_POINT_LABEL = 20
MAX_CHART_TITLE = 50
MAX_METADATA = 3000
