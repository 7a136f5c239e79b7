# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import UNITS
from ..fields import BigInteger
from ._append_only import protect_columns

# Facts that make a usage another one when they change at its source.
FACTS = (
    "unit",
    "quantity",
    "event_at",
    "ended_at",
    "task_code_id",
    "employee_id",
    "role_id",
    "level_id",
    "visit_key",
)
# Where it was delivered: what is invoiced, or was decided, stays with another site.
SITE = {"site_id", "zone_id"}
BOOLEANS = ("is_void", "follows_ticket")
# The columns that recording fills, in the order of its rows.
COLUMNS = (
    "company_id",
    "source",
    "external_key",
    "description",
    "unit",
    "quantity",
    "event_at",
    "ended_at",
    "received_at",
    "task_code_id",
    "employee_id",
    "role_id",
    "level_id",
    "zone_id",
    "site_id",
    "visit_key",
    "partner_id",
    "ticket_id",
    "follows_ticket",
    "timesheet_id",
    "contract_line_id",
    "contract_id",
    "exempt_reason",
    "is_void",
    "state",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
)


class ServiceUsage(models.Model):
    """One delivered thing, recorded once: a case, time, a visit, a part.

    Recording (``_capture``) only inserts, so it never waits and is never refused;
    the unique key makes the same event, sent twice, one record. Settling
    (``_settle``) turns a usage into charges and draws, at once if its contract is
    free, within seconds by the scheduled action if it is busy. What was delivered
    never changes; which line it is charged to, and whether it counts, may.
    """

    _name = "service.usage"
    _description = "Service Usage"
    _inherit = ["service.quantity.mixin"]
    _order = "event_at desc, id desc"
    _check_company_auto = True
    _shown_quantities = {"shown_quantity": "quantity"}

    # What was delivered
    company_id = fields.Many2one("res.company", required=True, index=True)
    source = fields.Selection(
        [
            ("ticket", "Ticket"),
            ("timesheet", "Timesheet"),
            ("manual", "Typed"),
            ("import", "Import"),
            ("api", "API"),
        ],
        required=True,
    )
    external_key = fields.Char(
        required=True, help="Identifies the event at its source, for ever."
    )
    description = fields.Char()
    unit = fields.Selection(UNITS, required=True)
    quantity = BigInteger(
        required=True, help="Cases, seconds, visits or minor currency units."
    )
    shown_quantity = fields.Float(
        string="Quantity Delivered",
        compute="_compute_shown_quantities",
        aggregator="sum",
        help="In hours, cases, visits or currency.",
    )
    event_at = fields.Datetime(
        string="Delivered At",
        required=True,
        index=True,
        help="When it was delivered, however late it is recorded.",
    )
    ended_at = fields.Datetime(
        help="End of work whose hour is known, to the second. Empty: the day is known.",
    )
    received_at = fields.Datetime(string="Recorded At", required=True)
    task_code_id = fields.Many2one(
        "service.task.code",
        string="Task",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        help="What kind of work it was: whether it is in scope, and what it costs.",
    )
    employee_id = fields.Many2one("hr.employee", ondelete="restrict")
    role_id = fields.Many2one("service.employee.role", ondelete="restrict")
    level_id = fields.Many2one("service.employee.level", ondelete="restrict")
    zone_id = fields.Many2one(
        "service.travel.zone", string="Travel Zone", ondelete="restrict"
    )
    site_id = fields.Many2one(
        "res.partner",
        ondelete="restrict",
        index="btree_not_null",
        help="Address that was served. Its hours count, and its quota.",
    )
    visit_key = fields.Char(
        string="Visit",
        index="btree_not_null",
        help="The same for all that was delivered in one visit.",
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="restrict")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="set null", index="btree_not_null"
    )
    follows_ticket = fields.Boolean(
        help="Was reported for its ticket alone: where the ticket goes to another "
        "contract, it goes with it.",
    )
    timesheet_id = fields.Many2one(
        "account.analytic.line", ondelete="set null", index="btree_not_null"
    )

    # What it is charged to
    contract_line_id = fields.Many2one(
        "service.contract.line", ondelete="restrict", index=True
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    is_void = fields.Boolean(
        string="Withdrawn", help="Cancelled or deleted at its source: counts no more."
    )
    exempt_reason = fields.Char(
        string="Not Decremented Because",
        help="Set where somebody decided that this usage draws nothing.",
    )
    ruling = fields.Selection(
        [
            ("bill", "Bill it"),
            ("cover", "Cover it"),
            ("courtesy", "Courtesy"),
            ("exclude", "Do not charge it"),
        ],
        help="What somebody decided about this usage, whatever the terms say.",
    )
    ruling_reason = fields.Char()
    quote_line_id = fields.Many2one(
        "sale.order.line",
        string="Quotation",
        ondelete="restrict",
        index="btree_not_null",
        help="That it waits for, or that the customer signed. Whatever he signed of "
        "such work on the ticket is used up before it waits.",
    )
    state = fields.Selection(
        [("pending", "Pending"), ("settled", "Settled")],
        default="pending",
        required=True,
        help="Pending: its charges are being worked out.",
    )
    charge_ids = fields.One2many("service.charge", "usage_id")
    is_unrated = fields.Boolean(
        compute="_compute_is_unrated",
        help="A part of it waits for a price, so that no total can be told.",
    )

    _key_uniq = models.UniqueIndex(
        "(company_id, source, external_key)", "This event is recorded already."
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A usage has a quantity above zero."
    )
    _pending_idx = models.Index("(contract_id, event_at, id) WHERE state = 'pending'")

    def init(self):
        """Refuse changes in the database too: other addons may use SQL."""
        protect_columns(
            self.env.cr,
            self._table,
            ["company_id", "source", "external_key", *FACTS],
        )

    @api.depends("quantity", "unit")
    def _compute_shown_quantities(self):
        return super()._compute_shown_quantities()

    @api.depends("source", "external_key", "description")
    def _compute_display_name(self):
        for usage in self:
            usage.display_name = usage.description or usage.external_key

    @api.depends(
        "charge_ids.hold_reason",
        "charge_ids.is_reversed",
        "charge_ids.reversed_charge_id",
    )
    def _compute_is_unrated(self):
        for usage in self:
            holds = usage.charge_ids._get_standing().mapped("hold_reason")
            usage.is_unrated = "unrated" in holds

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A usage is kept for ever; withdraw it at its source.")
        )

    # === CAPTURE === #

    @api.model
    def _capture(self, vals_list):
        """Record delivered things, each once, and settle them; see ``_record``."""
        usages = self._record(vals_list)
        usages._settle_or_defer(is_new=True)
        return usages

    @api.model
    def _record(self, vals_list):
        """Record delivered things, each once; they are pending then.

        :param vals_list: company_id, source, external_key, unit, quantity, event_at
            (naive UTC) and contract_line_id; optionally partner_id, ticket_id,
            timesheet_id, description, exempt_reason and the other ``FACTS``
        :return: the usages recorded by this call; what was known already is left out
        """
        if not vals_list:
            return self.browse()
        rows = self._prepare_rows(vals_list)
        # The referenced rows must be in the database before the foreign keys look.
        self.env.flush_all()
        ids = self.env.execute_query(
            SQL(
                """
                INSERT INTO service_usage (%s) VALUES %s
                ON CONFLICT (company_id, source, external_key) DO NOTHING
                RETURNING id
                """,
                SQL(", ").join(map(SQL.identifier, COLUMNS)),
                SQL(", ").join(SQL("%s", row) for row in rows),
            )
        )
        usages = self.browse(id_ for (id_,) in ids)
        self._forget_lists()
        return usages

    @api.model
    def _prepare_rows(self, vals_list):
        """Return the rows to insert, each a tuple in the order of ``COLUMNS``."""
        lines = self.env["service.contract.line"].sudo()  # ledger: no ACL
        now = self.env.cr.now()
        common = {
            "received_at": self.env["service.contract"]._service_now(),
            "is_void": False,
            "state": "pending",
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }
        rows = []
        for vals in vals_list:
            contract = lines.browse(vals["contract_line_id"]).contract_id
            values = {**common, **vals, "contract_id": contract.id}
            rows.append(
                tuple(
                    # Empty in the ORM is NULL in the database.
                    None
                    if values.get(name) is False and name not in BOOLEANS
                    else values.get(name)
                    for name in COLUMNS
                )
            )
        return rows

    @api.model
    def _forget_lists(self):
        """Drop cached lists of usages; rows inserted by SQL are not in them."""
        for model, name in (
            ("account.analytic.line", "service_usage_ids"),
            ("helpdesk.ticket", "service_usage_ids"),
            ("service.contract", "usage_ids"),
        ):
            self.env[model].invalidate_model([name], flush=False)

    # === CHANGES AT THE SOURCE === #

    @api.model
    def _sync(self, source, wanted):
        """Make the usages of tickets or timesheets what they should be now.

        A changed fact (unit, quantity, instant) withdraws the usage and records
        another; a changed line or exemption settles the same usage again, and so does
        a changed site, unless it is invoiced or somebody decided about it. What was
        invoiced already comes back as a credit on the next invoice.

        :param source: ticket or timesheet
        :param wanted: by record: the values of its usage, or None for no usage
        :raises UserError: when an invoiced usage would move to another line
        """
        link = f"{source}_id"
        known = self.search(
            [("source", "=", source), (link, "in", [r.id for r in wanted])], order="id"
        ).grouped(link)
        changes, new = {}, []
        for record, vals in wanted.items():
            revisions = known.get(record, self.browse())
            usage = revisions[-1:]
            if usage and vals:
                vals = usage._keep_worker(vals)
            same = bool(usage and vals) and usage._has_facts(vals)
            if usage:
                changes[usage] = usage._redirect(vals if same else None)
            if vals and not same:
                key = f"{record.id}.{len(revisions) + 1}"
                new.append(
                    {**vals, "source": source, link: record.id, "external_key": key}
                )
        self._settle_changes(changes)
        return self._capture(new)

    def _keep_worker(self, vals):
        """Return values with the role and level that the worker had until now.

        They are those of the day of the work: a promotion is no reason to price work
        of before anew.
        """
        self.ensure_one()
        if vals.get("employee_id") != self.employee_id.id:
            return vals
        known = {name: self[name].id for name in ("role_id", "level_id") if self[name]}
        return {**vals, **known}

    def _has_facts(self, vals):
        """Whether values say the same of what was delivered as this usage."""
        self.ensure_one()
        known = self._convert_to_write({name: self[name] for name in FACTS})
        return self.company_id.id == vals["company_id"] and all(
            (known[name] or False) == (vals.get(name) or False) for name in FACTS
        )

    @api.model
    def _sync_logged(self, wanted):
        """Charge what was typed on tickets to their lines, or withdraw it with them.

        What another system reported for a ticket alone goes to its line as well; it
        is withdrawn by nobody but that system.

        :param wanted: by ticket: the values of its usages, or None to withdraw them
        :raises UserError: when an invoiced usage would move to another line
        """
        logged = self.search(
            Domain("ticket_id", "in", [ticket.id for ticket in wanted])
            & (Domain("source", "=", "manual") | Domain("follows_ticket", "=", True))
        )
        changes = {}
        for usage in logged:
            vals = wanted[usage.ticket_id]
            if usage.source != "manual" and not vals:
                continue
            if vals and vals["company_id"] != usage.company_id.id:
                vals = None
            changes[usage] = usage._redirect(vals)
        moved = self._move_journeys(
            usage.visit_key for usage, names in changes.items() if names
        )
        changes.update((journey, {"is_void"}) for journey in moved)
        self._settle_changes(changes)

    def _redirect(self, vals):
        """Set which line and ticket the usage is charged to, or withdraw it.

        :param vals: contract_line_id, exempt_reason, ticket_id, site_id and zone_id;
            None to withdraw
        :return: the names of the fields that changed
        """
        self.ensure_one()
        target = {"is_void": vals is None}
        if vals:
            target["contract_line_id"] = vals["contract_line_id"]
            for name in ("exempt_reason", "site_id", "zone_id"):
                target[name] = vals.get(name) or False
            if vals["ticket_id"] != self.ticket_id.id:
                self.ticket_id = vals["ticket_id"]
            is_moved = self.contract_line_id.id != vals["contract_line_id"]
            # What was withdrawn comes back as a credit in any case.
            if is_moved and not self.is_void:
                self._check_not_invoiced()
        current = self._convert_to_write({name: self[name] for name in target})
        changed = {name for name in target if current[name] != target[name]}
        vals = {name: target[name] for name in changed}
        if not changed <= SITE:
            vals["state"] = "pending"
        if vals:
            self.write(vals)
        return changed

    @api.model
    def _settle_changes(self, changes):
        """Settle the usages that changed.

        :param changes: by usage the names of the fields that changed
        """
        changed = self.union(*(usage for usage, names in changes.items() if names))
        changed.filtered(
            lambda usage: usage.exempt_reason and "exempt_reason" in changes[usage]
        )._check_may_exempt()
        moved = changed.filtered(lambda usage: changes[usage] <= SITE)
        # Another site is no reason to take back what was decided or invoiced.
        changed -= moved and moved._get_fixed()
        changed._settle_again()

    def _check_may_exempt(self):
        """Leave it to billing to give away what was invoiced or decided already.

        :raises UserError: for others
        """
        user = self.env.user
        if (
            not self
            or user._is_superuser()
            or user.has_group("service_contract.service_contract_group_billing")
        ):
            return
        known = self.charge_ids._get_final()
        if known:
            raise UserError(
                self.env._(
                    "%(usage)s is on an invoice already, or somebody decided what "
                    "becomes of it. Ask billing for a courtesy credit instead.",
                    usage=known[0].usage_id.display_name,
                )
            )

    def _check_not_invoiced(self):
        self.charge_ids._check_not_invoiced()
