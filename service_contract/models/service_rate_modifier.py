# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import calendar

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import UNITS

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]
# In the order of their numbers in Python
WEEKDAYS = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class ServiceRateModifier(models.Model):
    """What makes work dearer, or draw more, at certain times: nights, holidays, season.

    Work that is only partly in such a time is split; each part is rated by itself.
    """

    _name = "service.rate.modifier"
    _description = "Rate Modifier"
    _inherit = ["service.terms.cache.mixin"]
    _order = "card_id, sequence, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of

    card_id = fields.Many2one(
        "service.rate.card",
        string="Rate Card",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="card_id.company_id", store=True)
    currency_id = fields.Many2one(related="card_id.currency_id", store=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(
        required=True, translate=True, help="What the customer reads in an explanation."
    )
    kind = fields.Selection(
        [
            ("after_hours", "After hours"),
            ("weekend", "Weekend"),
            ("holiday", "Holiday"),
            ("overtime", "Overtime"),
            ("season", "Season"),
            ("window", "Days and times"),
        ],
        string="When",
        default="after_hours",
        required=True,
        help="After hours: outside the office hours of the card. Weekend: Saturday and "
        "Sunday. Holiday: days off of the office hours. Overtime: beyond so many hours "
        "of one employee on a day. Season: a part of each year.",
    )
    task_code_ids = fields.Many2many(
        "service.task.code",
        "service_rate_modifier_task_code_rel",
        string="Tasks",
        check_company=True,
        help="Empty: any work.",
    )

    unit = fields.Selection(
        UNITS,
        string="For Prices Per",
        default="second",
        required=True,
        help="Whose prices it changes. Journeys and parts need modifiers of their own.",
    )

    # What it does
    percent = fields.Integer(
        string="Price (%)",
        default=100,
        required=True,
        help="150: one and a half times.",
    )
    surcharge = fields.Float(
        digits=(16, 4), help="Added to the price of one unit, after the percentage."
    )
    draw_percent = fields.Integer(
        string="Draws (%)",
        default=100,
        required=True,
        help="150: an hour of work draws an hour and a half from the allotment.",
    )

    # When
    monday = fields.Boolean()
    tuesday = fields.Boolean()
    wednesday = fields.Boolean()
    thursday = fields.Boolean()
    friday = fields.Boolean()
    saturday = fields.Boolean()
    sunday = fields.Boolean()
    time_from = fields.Float(help="Local time of the site.")
    time_to = fields.Float(
        default=24.0,
        help="Local time of the site. Earlier than the other one: on the next day.",
    )
    season_from_month = fields.Selection(MONTHS, string="From Month", default="1")
    season_from_day = fields.Integer(string="From Day", default=1)
    season_to_month = fields.Selection(MONTHS, string="To Month", default="12")
    season_to_day = fields.Integer(string="To Day", default=31)
    overtime_after = fields.Float(help="Hours of one employee on a day.")
    date_from = fields.Date(
        string="From", help="First day it applies. Empty: always did."
    )
    date_to = fields.Date(
        string="To", help="Last day it applies. Empty: until further notice."
    )

    _dates_order = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_to >= date_from)",
        "A modifier can't end before it begins.",
    )
    _percents = models.Constraint(
        "CHECK (percent >= 0 AND draw_percent >= 0)",
        "Percentages can't be negative: 100 changes nothing, 0 makes it free.",
    )
    _overtime_after = models.Constraint(
        "CHECK (overtime_after BETWEEN 0 AND 24)",
        "Overtime begins after 0 to 24 hours of a day.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("kind", "time_from", "time_to")
    def _check_window(self):
        for modifier in self.filtered(lambda modifier: modifier.kind == "window"):
            start, end = modifier.time_from, modifier.time_to
            if not (0 <= start < 24 and 0 < end <= 24 and start != end):
                raise ValidationError(
                    self.env._(
                        "%(modifier)s: write two different times of the day, such as "
                        "22:00 and 06:00, or 00:00 and 24:00 for whole days.",
                        modifier=modifier.name,
                    )
                )

    @api.constrains(
        "kind",
        "season_from_month",
        "season_from_day",
        "season_to_month",
        "season_to_day",
    )
    def _check_season(self):
        for modifier in self.filtered(lambda modifier: modifier.kind == "season"):
            for month, day in (
                (modifier.season_from_month, modifier.season_from_day),
                (modifier.season_to_month, modifier.season_to_day),
            ):
                # 29 February is a day, if not each year
                days = month and calendar.monthrange(2024, int(month))[1]
                if not 1 <= day <= (days or 0):
                    raise ValidationError(
                        self.env._(
                            "%(modifier)s: a season begins and ends on days that there "
                            "are, such as 1 December and 28 February.",
                            modifier=modifier.name,
                        )
                    )

    @api.constrains("kind", "card_id")
    def _check_office_hours(self):
        self.card_id._check_office_hours()
