# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The columns of the file: the one list that reading, template and legend share."""

from dataclasses import dataclass

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

CONTRACT, LINE = "contract", "line"


@dataclass(frozen=True)
class Column:
    """One column.

    :param name: technical name, also accepted as header
    :param label: header in the template file
    :param level: whether it describes the contract or one of its lines
    :param kind: text, date, number, whole, choice, reference, or list
    :param help: one sentence for the legend
    :param limits: smallest and largest number accepted
    """

    name: str
    label: str
    level: str
    kind: str
    help: object
    limits: tuple = (0, 10**12)
    required: bool = False


COLUMNS = (
    Column(
        "external_key",
        "External Key",
        CONTRACT,
        "text",
        _lt(
            "Key of the contract in the system it comes from. Rows with the same key "
            "are the lines of one contract."
        ),
        required=True,
    ),
    Column(
        "partner_id",
        "Customer",
        CONTRACT,
        "reference",
        _lt("Reference, VAT number, e-mail address or exact name."),
        required=True,
    ),
    Column(
        "template_id",
        "Template",
        CONTRACT,
        "reference",
        _lt(
            "Code or name. What the file leaves empty is taken from the template; "
            "without any product in the file, its lines are taken as they are."
        ),
    ),
    Column(
        "tier_id",
        "Tier",
        CONTRACT,
        "reference",
        _lt("Code or exact name. Empty: the template's."),
    ),
    Column(
        "sla_policy_id",
        "SLA Policy",
        CONTRACT,
        "reference",
        _lt("Exact name. Empty: the template's, else the one for everybody else."),
    ),
    Column(
        "date_start",
        "Start",
        CONTRACT,
        "date",
        _lt("First day of service, as 2026-04-03."),
        required=True,
    ),
    Column(
        "date_end",
        "End",
        CONTRACT,
        "date",
        _lt("Last day of service. Empty: the template's term, else an open end."),
    ),
    Column(
        "tz",
        "Time Zone",
        CONTRACT,
        "choice",
        _lt("Such as Europe/Rome. Empty: the customer's, then the company's."),
    ),
    Column(
        "currency_id",
        "Currency",
        CONTRACT,
        "reference",
        _lt("Code such as EUR. Empty: that of the pricelist, then of the company."),
    ),
    Column(
        "pricelist_id",
        "Pricelist",
        CONTRACT,
        "reference",
        _lt("Exact name. Empty: the customer's."),
    ),
    Column(
        "invoice_partner_id",
        "Billing Contact",
        CONTRACT,
        "reference",
        _lt("Who receives the invoices, found like the customer."),
    ),
    Column(
        "reference",
        "Customer Reference",
        CONTRACT,
        "text",
        _lt("The customer's own number of this contract."),
    ),
    Column(
        "state",
        "State",
        CONTRACT,
        "choice",
        _lt("draft, or active to confirm the contract. Empty: draft."),
    ),
    Column(
        "product_id",
        "Product",
        LINE,
        "reference",
        _lt(
            "Internal reference, barcode or exact name. May be empty where the "
            "template has one line."
        ),
    ),
    Column("name", "Description", LINE, "text", _lt("What the customer reads.")),
    Column("quantity", "Quantity", LINE, "number", _lt("How many are sold. Empty: 1.")),
    Column(
        "price_unit",
        "Price",
        LINE,
        "number",
        _lt("Price of one for one billing period. Empty: template, then pricelist."),
        limits=(-(10**12), 10**12),
    ),
    Column(
        "discount",
        "Discount (%)",
        LINE,
        "number",
        _lt("From 0 to 100."),
        limits=(0, 100),
    ),
    Column(
        "billing_unit", "Billed Every", LINE, "choice", _lt("How often it is billed.")
    ),
    Column(
        "billing_interval",
        "Billing Interval",
        LINE,
        "whole",
        _lt("2 with month bills every second month. Empty: 1."),
        limits=(1, 1200),
    ),
    Column(
        "billing_timing",
        "Billing Timing",
        LINE,
        "choice",
        _lt("Before the period or after it."),
    ),
    Column(
        "billing_alignment",
        "Periods Begin On",
        LINE,
        "choice",
        _lt("Where billing and coverage periods begin."),
    ),
    Column(
        "billing_day",
        "Billing Day",
        LINE,
        "whole",
        _lt("Day of the month, 1 to 31, where periods begin on a day of the month."),
        limits=(1, 31),
    ),
    Column(
        "billed_until",
        "Billed Through",
        LINE,
        "date",
        _lt(
            "Last day that is invoiced already, in the old system. Empty: periods are "
            "invoiced from the start on."
        ),
    ),
    Column(
        "proration",
        "Proration",
        LINE,
        "choice",
        _lt("Price of a first or last period that is not whole."),
    ),
    Column(
        "coverage_type",
        "Covers",
        LINE,
        "choice",
        _lt("What the customer is entitled to."),
    ),
    Column(
        "coverage_quantity",
        "Allotment",
        LINE,
        "number",
        _lt("How many cases, hours, visits or which amount each period grants."),
    ),
    Column(
        "coverage_period",
        "Allotment Per",
        LINE,
        "choice",
        _lt("How often the allotment is granted anew."),
    ),
    Column(
        "draw_moment",
        "Case Counts",
        LINE,
        "choice",
        _lt("When a ticket draws a case."),
    ),
    Column(
        "exhaustion_policy",
        "When Used Up",
        LINE,
        "choice",
        _lt("What happens beyond the allotment."),
    ),
    Column(
        "overage_price",
        "Overage Price",
        LINE,
        "number",
        _lt("Price of a case, hour or visit beyond the allotment."),
    ),
    Column(
        "rollover_policy",
        "Unused Units",
        LINE,
        "choice",
        _lt("What happens to unused units at the end of a period."),
    ),
    Column(
        "rollover_cap",
        "Rollover Cap",
        LINE,
        "number",
        _lt("At most so much is carried over."),
    ),
    Column(
        "draw_multiplier",
        "Draw Multiplier (%)",
        LINE,
        "whole",
        _lt("150: an hour of work draws an hour and a half. Empty: 100."),
        limits=(1, 1000),
    ),
    Column(
        "rollover_periods",
        "Carried For",
        LINE,
        "whole",
        _lt("Periods after which carried units lapse; 0: end of the contract."),
        limits=(0, 1200),
    ),
    Column(
        "rate_card_id",
        "Rate Card",
        LINE,
        "reference",
        _lt("Exact name. Empty: the overage price."),
    ),
    Column(
        "task_included_ids",
        "Tasks Included",
        LINE,
        "list",
        _lt("Codes of tasks, separated by semicolons. Empty: all."),
    ),
    Column(
        "task_excluded_ids",
        "Tasks Excluded",
        LINE,
        "list",
        _lt("Codes of tasks that wait for an approval, separated by semicolons."),
    ),
    Column(
        "warranty_rule",
        "Warranty Applies",
        LINE,
        "choice",
        _lt("For work on a covered product that is under warranty."),
    ),
    Column(
        "site_ids",
        "Sites",
        LINE,
        "list",
        _lt(
            "Covered addresses of the customer, by reference or exact name, separated "
            "by semicolons. Empty: all."
        ),
    ),
    Column(
        "covered_item_ids",
        "Covered Products",
        LINE,
        "list",
        _lt(
            "Products covered, separated by semicolons; one piece of a product as "
            "PRODUCT#SERIAL. Empty: all."
        ),
    ),
    Column(
        "remaining",
        "Remaining Now",
        LINE,
        "number",
        _lt(
            "Opening balance: how much of the running period is left on the day of the "
            "import, carried units included. Active contracts only. Empty: all of it."
        ),
    ),
)
BY_NAME = {column.name: column for column in COLUMNS}
REQUIRED = tuple(column for column in COLUMNS if column.required)
# Columns that the file of refused rows adds; reading it again passes them over.
ROW_LABEL, PROBLEM_LABEL = "Row", "What to Correct"
# What rows say about a line that is no field of it
OPENING = ("billed_until", "remaining")
LIST_SEPARATOR = ";"
SERIAL_SEPARATOR = "#"
