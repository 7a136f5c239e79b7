# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.tools import ormcache

from ..engine.sla import Target
from ..engine.sla_match import match_targets
from ._append_only import protect_columns


def build_target(terms):
    """Return a target as the engine reads it.

    :param terms: see ``service.sla.target._prepare_terms``
    """
    pauses = terms["pauses"]
    return Target(
        key=terms["key"],
        metric=terms["metric"],
        amount=terms["amount"],
        unit=terms["unit"],
        end_of_day=terms["end_of_day"],
        from_opening=True,
        pauses=None if pauses is None else frozenset(map(str, pauses)),
        thresholds=tuple(terms["thresholds"]),
    )


class ServiceSlaVersion(models.Model):
    """The terms of a policy as they were when a timer started. Never changed.

    Made by ``service.sla.policy._get_version``; whoever asks later what a timer was
    judged by finds it here.
    """

    _name = "service.sla.version"
    _description = "SLA Policy Version"
    _order = "policy_id, number desc"
    _rec_names_search = ["policy_id.name"]

    policy_id = fields.Many2one(
        "service.sla.policy",
        required=True,
        readonly=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    number = fields.Integer(string="Version", required=True, readonly=True)
    terms = fields.Json(required=True, readonly=True)
    terms_text = fields.Text(string="Targets", compute="_compute_terms_text")
    digest = fields.Char(required=True, readonly=True)
    created_at = fields.Datetime(string="In Use Since", required=True, readonly=True)

    _number_uniq = models.UniqueIndex(
        "(policy_id, number)", "This version of the policy exists already."
    )

    def init(self):
        protect_columns(
            self.env.cr,
            "service_sla_version",
            ["policy_id", "number", "terms", "digest", "created_at"],
        )

    @api.depends("policy_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(policy)s, version %(number)s",
                policy=version.policy_id.name,
                number=version.number,
            )

    @api.depends("terms")
    @api.depends_context("lang")
    def _compute_terms_text(self):
        targets = self.env["service.sla.target"]
        for version in self:
            version.terms_text = "\n".join(
                targets._format_terms(terms) for terms in version.terms["targets"]
            )

    # === BUSINESS METHODS === #

    @ormcache("self.id")
    def _get_terms(self):
        """Return the terms of policy and targets. Not to be changed."""
        return self.sudo().terms  # judged alike, whoever asks

    @ormcache("self.id")
    def _get_policy_id(self):
        return self.sudo().policy_id.id  # as _get_terms

    def _match_targets(self, facts):
        """Return the keys of the targets that apply to a ticket, one per metric.

        :param facts: priority, category_id, team_id, tier_id (engine/sla_match.py)
        """
        return match_targets(self._get_terms()["targets"], facts)

    def _get_target_terms(self, key):
        """Return the terms of one target: see ``service.sla.target._prepare_terms``."""
        return next(t for t in self._get_terms()["targets"] if t["key"] == key)

    @ormcache("self.id", "key")
    def _get_target(self, key):
        """Return a target as the engine reads it. Reasons are ids as text."""
        return build_target(self._get_target_terms(key))

    def _get_zone(self, key, contract_tz=None, site_tz=None):
        """Return the zone a target counts in; None for that of its open hours.

        :param contract_tz: zone of the ticket's contract, if it has one
        :param site_tz: zone of the address that needs service, if it has one
        """
        source = self._get_terms()["policy"]["timezone_source"]
        target_tz = self._get_target_terms(key)["tz"]
        if target_tz or source == "calendar":
            return target_tz or None
        return (source == "site" and site_tz) or contract_tz or None

    def _get_calendar(self, key):
        """Return the open hours of a target; empty for around the clock."""
        terms = self._get_terms()["policy"]
        calendar_id = self._get_target_terms(key)["calendar_id"] or terms["calendar_id"]
        calendar_model = self.env["resource.calendar"].sudo()  # agents may not read all
        return calendar_model.browse(calendar_id)
