# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import format_datetime

from ..engine.clock import NeverOpen
from ..engine.sla import Facts, read
from ..engine.sla_match import match_targets
from .service_sla_timer import always_open_clock
from .service_sla_version import build_target

# The terms that the preview follows from, and the others.
SHOWN_TERMS = (
    "calendar_id",
    "timezone_source",
    "target_ids.sequence",
    "target_ids.metric",
    "target_ids.amount",
    "target_ids.unit",
    "target_ids.end_of_day",
    "target_ids.thresholds",
    "target_ids.priority",
    "target_ids.category_ids",
    "target_ids.team_ids",
    "target_ids.tier_ids",
    "target_ids.calendar_id",
    "target_ids.tz",
    "target_ids.pause_rule",
    "target_ids.pause_reason_ids",
)
OTHER_TERMS = (
    "response_by",
    "reopen",
    "reopen_window_hours",
    "alarm_in_hours_only",
    "alarm_when_late",
)


class ServiceSlaPolicy(models.Model):
    """What a policy would promise at this moment, and who would get it."""

    _inherit = "service.sla.policy"

    preview_html = fields.Html(
        compute="_compute_preview_html",
        string="Preview",
        sanitize=False,
        help="When a ticket that is asked now would be due.",
    )
    version_note = fields.Char(
        compute="_compute_version_note",
        help="What running timers are measured by.",
    )
    has_pause_reasons = fields.Boolean(
        compute="_compute_has_pause_reasons",
        help="Whether some target pauses for certain reasons only.",
    )
    contract_count = fields.Integer(compute="_compute_contract_count")
    timer_count = fields.Integer(compute="_compute_timer_count")

    # === COMPUTE METHODS === #

    @api.depends(*SHOWN_TERMS)
    @api.depends_context("lang", "tz", "service_contract_now")
    def _compute_preview_html(self):
        for policy in self:
            policy.preview_html = self.env["ir.qweb"]._render(
                "service_contract.sla_policy_preview", policy._prepare_preview()
            )

    @api.depends("version", *OTHER_TERMS, *SHOWN_TERMS)
    @api.depends_context("lang")
    def _compute_version_note(self):
        for policy in self:
            number = policy.version
            if not number:
                policy.version_note = False
            elif policy._origin._find_version_id():
                policy.version_note = self.env._(
                    "Timers start with version %(number)s.", number=number
                )
            else:
                policy.version_note = self.env._(
                    "Changed: running timers keep version %(number)s, new ones start "
                    "with version %(next)s.",
                    number=number,
                    next=number + 1,
                )

    @api.depends("target_ids.pause_rule")
    def _compute_has_pause_reasons(self):
        for policy in self:
            rules = policy.target_ids.mapped("pause_rule")
            policy.has_pause_reasons = "reasons" in rules

    def _compute_contract_count(self):
        contracts = self.env["service.contract"]
        for policy in self:
            policy.contract_count = contracts.search_count(policy._contract_domain())

    def _compute_timer_count(self):
        counts = dict(
            self.env["service.sla.timer"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["__count"]
            )
        )
        for policy in self:
            policy.timer_count = counts.get(policy._origin, 0)

    # === ACTIONS === #

    def action_view_timers(self):
        """Open the timers that run or ran by this policy."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_sla_timer_action"
        )
        action["domain"] = [("policy_id", "=", self.id)]
        return action

    def action_view_contracts(self):
        """Open the contracts that name this policy, themselves or on a line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "service_contract.service_contract_action"
        )
        action["domain"] = self._contract_domain()
        action["context"] = {}
        return action

    # === BUSINESS METHODS === #

    def _contract_domain(self):
        return [
            "|",
            ("sla_policy_id", "in", self.ids),
            ("line_ids.sla_policy_id", "in", self.ids),
        ]

    def _prepare_preview(self):
        """Return what the preview shows: when a ticket that is asked now is due.

        One row per priority, or a single one where the priority changes nothing.
        Targets for a category, team or tier are left out: which of them applies
        depends on the ticket.
        """
        self.ensure_one()
        now = self.env["service.contract"]._service_now()
        targets = self.target_ids.filtered(lambda t: t.amount > 0 and t.unit)
        general = targets.filtered(
            lambda t: not (t.category_ids or t.team_ids or t.tier_ids)
        )
        terms = {str(target.id): target._prepare_terms() for target in general}
        due = {
            key: self._preview_due(target, terms[key], now)
            for key, target in zip(terms, general, strict=True)
        }
        by_key = dict(zip(terms, general, strict=True))
        metrics = dict(
            self.target_ids._fields["metric"]._description_selection(self.env)
        )
        shown = [m for m in metrics if m in general.mapped("metric")]
        rows = []
        for priority, label in self.target_ids._selection_priority():
            keys = match_targets(list(terms.values()), {"priority": priority})
            cells = {by_key[key].metric: due[key] for key in keys}
            rows.append((label, [cells.get(metric) for metric in shown]))
        if all(row[1] == rows[0][1] for row in rows):
            rows = [(self.env._("Any priority"), rows[0][1])]
        zone = self._preview_zone()
        return {
            "now": self._preview_time(now, zone),
            "zone": zone.replace("_", " "),
            "metrics": [metrics[metric] for metric in shown],
            "rows": rows,
            "special": len(targets) - len(general),
        }

    def _preview_due(self, target, terms, now):
        """Return in words when a target is due for a ticket that is asked now."""
        zone = target.tz or self._preview_zone()
        calendar = target.calendar_id or self.calendar_id
        company = self.company_id or self.env.company
        try:
            clock = (
                calendar._get_clock(zone, company)
                if calendar
                else always_open_clock(zone)
            )
            reading = read(build_target(terms), clock, Facts(opened_at=now), now)[0]
        except NeverOpen:
            return self.env._("never: no open hours")
        return self._preview_time(reading.due_at, zone)

    def _preview_zone(self):
        """Return the zone of a customer who is where we are."""
        calendar_tz = self.timezone_source == "calendar" and self.calendar_id.tz
        company = self.company_id or self.env.company
        return calendar_tz or company.partner_id.tz or self.env.user.tz or "UTC"

    def _preview_time(self, instant, zone):
        return format_datetime(self.env, instant, tz=zone, dt_format="EEE d MMM, HH:mm")
