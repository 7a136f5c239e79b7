# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The columns of a file of rates: of our own, and what those of others can mean."""

from datetime import date

from odoo.tools import LazyTranslate

from .columns import Column
from .parse import layout_of

_lt = LazyTranslate(__name__)

CARD, PRICE = "card", "price"
# What a price without a figure is in a file
ON_REQUEST = "on request"

COLUMNS = (
    Column(
        "card",
        "Rate Card",
        CARD,
        "text",
        _lt(
            "Name of the rate card. Rows with the same name are prices of one card. "
            "May be missing where all are of one card."
        ),
    ),
    Column(
        "currency",
        "Currency",
        CARD,
        "text",
        _lt("Code such as EUR. Empty: the one chosen for the import."),
    ),
    Column("task", "Task", PRICE, "text", _lt("Code or exact name. Empty: any work.")),
    Column(
        "role", "Role", PRICE, "text", _lt("Who does the work, exact name. Empty: any.")
    ),
    Column("level", "Level", PRICE, "text", _lt("Exact name. Empty: any.")),
    Column(
        "zone",
        "Travel Zone",
        PRICE,
        "text",
        _lt("Of the site, exact name. Empty: any."),
    ),
    Column(
        "unit",
        "Unit",
        PRICE,
        "choice",
        _lt("What the price is for. Empty: an hour."),
    ),
    Column(
        "price",
        "Price",
        PRICE,
        "number",
        _lt(
            "Of one hour, case, visit, piece or km; or the words “on request”, so that "
            "such work waits until it is priced."
        ),
        required=True,
    ),
    Column(
        "overtime_price",
        "Overtime Price",
        PRICE,
        "number",
        _lt("Of one hour of overtime. Empty: what the modifiers of the card say."),
    ),
    Column(
        "date_from",
        "From",
        PRICE,
        "date",
        _lt("First day of work at this price, as 2026-04-03. Empty: always was."),
    ),
    Column(
        "date_to",
        "To",
        PRICE,
        "date",
        _lt("Last day of work at this price. Empty: until the next price begins."),
    ),
    Column(
        "rounding_scope",
        "Rounded",
        PRICE,
        "choice",
        _lt("What is rounded up to full steps. Empty: none."),
    ),
    Column(
        "rounding_step",
        "Step",
        PRICE,
        "number",
        _lt("0.25 hours: each begun quarter of an hour counts."),
    ),
    Column("minimum", "Minimum", PRICE, "number", _lt("At least so much is charged.")),
    Column("maximum", "Maximum", PRICE, "number", _lt("At most so much is charged.")),
)
BY_NAME = {column.name: column for column in COLUMNS}
OWN = layout_of(COLUMNS)
# Columns of a card's prices beside what they are for, when, and how much
QUANTITIES = ("rounding_scope", "rounding_step", "minimum", "maximum")
# What the price is for, in the order in which a message names it
WORK = ("task", "role", "level", "zone")

# What a column of another list can be: a column of ours, or one of these.
OWNER, YEAR = "owner", "year_price"
TARGETS = [
    ("card", "Rate card or contract number"),
    (OWNER, "Owner of the card, where its number is missing"),
    ("currency", "Currency"),
    ("task", "Task"),
    ("role", "Role"),
    ("level", "Level"),
    ("zone", "Travel zone"),
    ("unit", "Unit"),
    ("price", "Price"),
    ("overtime_price", "Overtime price"),
    (YEAR, "Price of a contract year"),
    ("date_from", "First day"),
    ("date_to", "Last day"),
    ("rounding_step", "Rounding step"),
    ("minimum", "Minimum"),
    ("maximum", "Maximum"),
]
# Targets that several columns can make up together
JOINED = ("task", "role", "level", "zone")
# Words of price lists in English for what the unit of a price is
UNIT_WORDS = {
    "second": ("hour", "hours", "hr", "hrs", "h", "hourly", "man hour", "labor hour"),
    "case": ("case", "cases", "ticket", "call", "incident"),
    "visit": ("visit", "visits", "trip", "callout", "call out"),
    "piece": ("piece", "pieces", "each", "ea", "pc", "pcs", "unit", "item"),
    "metre": ("km", "kilometre", "kilometer", "kilometres", "kilometers"),
    "minor": ("amount",),
}

EXAMPLES = (
    {
        "card": "Standard rates",
        "currency": "EUR",
        "unit": "second",
        "price": 80,
        "date_from": date(2026, 1, 1),
        "rounding_scope": "entry",
        "rounding_step": 0.25,
    },
    {
        "card": "Standard rates",
        "task": "ONSITE",
        "role": "Engineer",
        "level": "Senior",
        "unit": "second",
        "price": 110,
        "overtime_price": 150,
        "date_from": date(2026, 1, 1),
    },
    {
        "card": "Standard rates",
        "task": "TRAVEL",
        "zone": "Up to 50 km",
        "unit": "visit",
        "price": 45,
        "date_from": date(2026, 1, 1),
        "date_to": date(2026, 12, 31),
    },
)
