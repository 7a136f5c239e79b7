# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import ormcache

from ..engine.sla_match import match_targets


class ServiceSlaPolicy(models.Model):
    """A set of promises: what is answered, restored or resolved how fast, and when
    the clock stands still.

    Named by contract templates, contracts and lines, or used for everybody without
    one. Managers write it. A timer runs by a version of it
    (``service.sla.version``), which no later edit changes.
    """

    _name = "service.sla.policy"
    _description = "SLA Policy"
    _inherit = ["mail.thread", "service.terms.cache.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True
    _check_company_domain = models.check_company_domain_parent_of
    # The number of the newest version follows from the terms; it is none of them.
    _uncached_fields = frozenset({"version", "message_main_attachment_id"})

    # Identity
    name = fields.Char(required=True, translate=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company",
        index=True,
        default=lambda self: self.env.company,
        help="Empty: usable in all companies.",
    )
    description = fields.Text(
        translate=True, help="What is promised, in words the customer may read."
    )
    is_default = fields.Boolean(
        string="For Everybody Else",
        tracking=True,
        copy=False,
        help="Used for tickets whose contract names no policy, and for customers "
        "without a contract. One policy of a company.",
    )

    # The clock
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Open Hours",
        default=lambda self: self.env.company.resource_calendar_id,
        check_company=True,
        ondelete="restrict",
        tracking=True,
        help="Time counts while this calendar is open; its public holidays are left "
        "out. Empty: around the clock.",
    )
    timezone_source = fields.Selection(
        [
            ("calendar", "Of the open hours"),
            ("contract", "Of the contract"),
            ("site", "Of the site"),
        ],
        string="Time Zone",
        default="contract",
        required=True,
        tracking=True,
        help="Where 8 o'clock is 8 o'clock. Of the site: the service time zone of the "
        "address that needs service, else that of its customer, else that of the "
        "contract. Without a contract: of the open hours.",
    )
    response_by = fields.Selection(
        [
            ("message", "A message or a call"),
            ("message_or_stage", "A message, a call or a stage"),
        ],
        string="Answered By",
        default="message",
        required=True,
        tracking=True,
        help="What stops the first response: an answer that the customer can read or a "
        "logged call; or also entering a stage that counts as first response.",
    )
    reopen = fields.Selection(
        [
            ("resume", "Goes on"),
            ("restart", "Starts again"),
            ("new_after", "Goes on, later a new one"),
        ],
        string="Reopened: the Clock",
        default="resume",
        required=True,
        tracking=True,
        help="Goes on: the time while the ticket was closed is not counted. Starts "
        "again: from the reopening. Goes on, later a new one: after the time below "
        "the ticket gets a new clock, and the old one keeps its result.",
    )
    reopen_window_hours = fields.Float(
        string="New Clock After (hours)",
        default=72.0,
        tracking=True,
        help="Hours after closing, nights and weekends included, in which the same "
        "clock goes on.",
    )

    # Alarms
    alarm_in_hours_only = fields.Boolean(
        string="Warn in Open Hours Only",
        tracking=True,
        help="A warning that falls into a closed hour is told at the next opening.",
    )
    alarm_when_late = fields.Boolean(
        string="Warn When Late from the Start",
        tracking=True,
        help="Also warn about a target that is late at the moment it is attached, "
        "after a change of the contract for example.",
    )

    # Relations
    target_ids = fields.One2many(
        "service.sla.target", "policy_id", string="Targets", copy=True
    )
    version_ids = fields.One2many("service.sla.version", "policy_id", string="Versions")
    version = fields.Integer(
        string="Newest Version",
        readonly=True,
        copy=False,
        help="A new version is made when the first timer starts with changed terms.",
    )

    _default_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0)) WHERE is_default AND active",
        "Another policy of the company is for everybody else already. Switch it off "
        "there first.",
    )

    # === CONSTRAINT METHODS === #

    @api.constrains("reopen", "reopen_window_hours")
    def _check_reopen_window(self):
        for policy in self:
            hours = policy.reopen_window_hours
            if hours < 0 or (policy.reopen == "new_after" and not hours):
                raise ValidationError(
                    self.env._(
                        "%(policy)s: say after how many hours, more than zero, a "
                        "reopened ticket gets a new clock.",
                        policy=policy.name,
                    )
                )

    @api.constrains("calendar_id")
    def _check_openings(self):
        for policy in self:
            if error := policy._get_calendar_error():
                raise ValidationError(error)

    # === CRUD METHODS === #

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for policy, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(name)s (copy)", name=policy.name)
        return vals_list

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for policy in self:
            if policy.sudo().version_ids:  # deleting asks for the right to do it
                raise ValidationError(
                    self.env._(
                        "Tickets were measured by %(policy)s. Archive it instead of "
                        "deleting it.",
                        policy=policy.name,
                    )
                )

    # === BUSINESS METHODS: TERMS === #

    def _get_calendar_error(self):
        """Return why a clock of this policy could never run, or False."""
        self.ensure_one()
        policy = self.sudo()  # calendars: read by whoever makes contracts
        for calendar in policy.calendar_id | policy.target_ids.calendar_id:
            try:
                calendar._check_has_openings()
            except ValidationError as error:
                return self.env._(
                    "%(policy)s can't measure any time. %(reason)s",
                    policy=policy.name,
                    reason=error.args[0],
                )
        return False

    @ormcache("self.id")
    def _get_terms(self):
        """Return all that a timer depends on, ready for JSON. Not to be changed.

        Names, notes and who may use the policy are no terms: renaming it makes no
        new version.
        """
        self.ensure_one()
        policy = self.sudo()  # the same terms, whoever asks
        return {
            "policy": {
                "calendar_id": policy.calendar_id.id,
                "timezone_source": policy.timezone_source,
                "response_by": policy.response_by,
                "reopen": policy.reopen,
                "reopen_window_s": round(policy.reopen_window_hours * 3600),
                "alarm_in_hours_only": policy.alarm_in_hours_only,
                "alarm_when_late": policy.alarm_when_late,
            },
            "targets": [
                target._prepare_terms()
                for target in policy.target_ids.sorted(lambda t: (t.sequence, t.id))
            ],
        }

    def _match_targets(self, facts):
        """Return the keys of the targets that apply to a ticket, one per metric.

        :param facts: priority, category_id, team_id, tier_id (engine/sla_match.py)
        """
        self.ensure_one()
        return match_targets(self._get_terms()["targets"], facts)

    # === BUSINESS METHODS: VERSIONS === #

    def _get_version(self):
        """Return the version with the terms of now; make it if there is none.

        :return: version, as superuser: timers start whoever makes the ticket
        """
        self.ensure_one()
        versions = self.env["service.sla.version"].sudo()  # timers start for anybody
        made_here = self.env.cr.postcommit.data.get("service_contract.sla_versions", ())
        version_id = self.id not in made_here and self._get_version_id()
        if version_id:
            return versions.browse(version_id)
        return versions.browse(self._find_version_id()) or self._create_version()

    @ormcache("self.id")
    def _get_version_id(self):
        return self._find_version_id()

    def _find_version_id(self):
        """Return the id of the newest version if its terms are those of now."""
        newest = (
            self.env["service.sla.version"]
            .sudo()  # read by whoever starts a timer
            .search([("policy_id", "=", self.id)], order="number desc", limit=1)
        )
        current = newest and newest.digest == self._get_digest()
        return current and newest.id

    def _get_digest(self):
        text = json.dumps(self._get_terms(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _create_version(self):
        """Keep the terms as they are now, as the newest version; return it."""
        policy = self.sudo()  # see _get_version
        policy.version += 1
        # Written before the version: who makes the same one at the same time then
        # loses with 40001, which is retried, and not with a duplicate key.
        policy.flush_recordset(["version"])
        version = policy.version_ids.create(
            {
                "policy_id": policy.id,
                "number": policy.version,
                "terms": policy._get_terms(),
                "digest": policy._get_digest(),
                "created_at": self.env["service.contract"]._service_now(),
            }
        )
        # A savepoint may undo the version, and a cache outlives it: until the commit
        # it is read from the database.
        self.env.cr.postcommit.data.setdefault(
            "service_contract.sla_versions", set()
        ).add(policy.id)
        self.env.registry.clear_cache()
        return version

    # === BUSINESS METHODS: WHICH POLICY === #

    @api.model
    def _find_for_tickets(self, tickets):
        """Return the policy of each ticket, empty where none applies.

        That of the contract line, else of its contract, else the one for everybody
        else of the ticket's company.

        :return: {ticket: policy}, policies as superuser: which promise applies does
            not depend on who looks
        """
        found = {}
        for ticket in tickets:
            line = ticket.service_contract_line_id.sudo()  # agents: no contract ACL
            policy = line.sla_policy_id or line.contract_id.sla_policy_id
            if not policy:
                default_id = self._get_default_id(ticket.company_id.id)
                policy = self.sudo().browse(default_id)  # agents: no ACL needed
            found[ticket] = policy
        return found

    @api.model
    @ormcache("company_id")
    def _get_default_id(self, company_id):
        """Return the id of the policy for everybody else: the company's own, else its
        nearest parent's, else the one of no company.

        The companies are named: no record rule binds the superuser.
        """
        company = self.env["res.company"].sudo().browse(company_id)  # also parents
        # From no company over the root to the company itself
        scopes = [False, *company.parent_ids.ids]
        policies = self.sudo().search(  # see _find_for_tickets
            [
                ("is_default", "=", True),
                ("active", "=", True),
                ("company_id", "in", scopes),
            ]
        )
        nearest = policies.sorted(lambda p: scopes.index(p.company_id.id))
        return nearest[-1:].id
