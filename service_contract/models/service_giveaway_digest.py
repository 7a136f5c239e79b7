# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models

# Findings that a mail lists of a team; the sums are of all.
LISTED = 15


class ServiceOutbox(models.Model):
    """Mails to team leaders go the same way as those to customers."""

    _inherit = "service.outbox"

    purpose = fields.Selection(
        selection_add=[("giveaway", "Weekly giveaways")],
        ondelete={"giveaway": "cascade"},
    )


class ServiceGiveaway(models.Model):
    """The weekly list of each team, owed to whoever leads it."""

    _inherit = "service.giveaway"

    @api.model
    def _queue_digests(self, companies):
        """Owe a mail to each leader of a team with open findings, once a week."""
        template = self.env.ref("service_contract.mail_template_giveaway", False)
        companies = companies.filtered("service_giveaway_digest")
        if not template or not companies:
            return
        today = self.env["service.contract"]._service_now().date()
        week = "{}-W{:02d}".format(*today.isocalendar()[:2])
        for user in self._get_digest_readers(companies):
            self.env["service.outbox"]._queue(
                user, "giveaway", user.partner_id, week, template
            )

    @api.model
    def _get_digest_readers(self, companies):
        """Return the users for whom something is open."""
        groups = self._read_group(
            [("state", "=", "open"), ("company_id", "in", companies.ids)],
            ["company_id", "team_id"],
        )
        return self.env["res.users"].union(
            *(
                team.user_id or company.service_giveaway_user_id
                for company, team in groups
            )
        )


class ResUsers(models.Model):
    """What the weekly mail shows to a team leader."""

    _inherit = "res.users"

    def _get_giveaway_digest(self):
        """Return what is open, by team: name, count, value and the largest ones."""
        self.ensure_one()
        giveaways = self.env["service.giveaway"].search(
            [
                ("state", "=", "open"),
                ("company_id", "in", self.company_ids.ids),
                ("company_id.service_giveaway_digest", "=", True),
                "|",
                ("team_id.user_id", "=", self.id),
                "&",
                ("company_id.service_giveaway_user_id", "=", self.id),
                "|",
                ("team_id", "=", False),
                ("team_id.user_id", "=", False),
            ],
            order="value desc, id",
        )
        return [
            {
                "team": team.display_name or self.env._("No team"),
                "company": company.name,
                "count": len(own),
                "value": company.currency_id.format(sum(own.mapped("value"))),
                "largest": own[:LISTED],
                "more": max(len(own) - LISTED, 0),
            }
            for (company, team), own in giveaways.grouped(
                lambda found: (found.company_id, found.team_id)
            ).items()
        ]
