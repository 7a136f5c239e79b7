# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ..const import BASE_PER_SHOWN, SECONDS_PER_HOUR
from .service_giveaway import SOURCE_MODELS
from .service_giveaway_causes import TIME_COVERAGE

COLUMNS = (
    "res_id",
    "company_id",
    "partner_id",
    "contract_line_id",
    "ticket_id",
    "team_id",
    "user_id",
    "product_id",
    "day",
    "description",
    "unit",
    "quantity",
    "uom_id",
    "amount",
    "currency_id",
)
# What is written anew where a cause that was gone is back.
REFRESHED = (
    "found_at",
    "description",
    "day",
    "unit",
    "quantity",
    "hours",
    "value",
    "partner_id",
    "contract_line_id",
    "contract_id",
    "ticket_id",
    "team_id",
    "user_id",
    "state",
)


class ServiceGiveaway(models.Model):
    """Looking for what was given away, with a number of queries that does not grow."""

    _inherit = "service.giveaway"

    # === ACTIONS === #

    @api.model
    def action_look_now(self):
        """Look at once, for the companies that the user works in."""
        self.check_access("read")
        found = self.sudo()._look(self.env.companies)  # facts of all; rights above
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Silent Giveaways"),
                "message": self.env._("%(count)s new.", count=len(found)),
                "type": "info" if found else "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # === CRON METHODS === #

    @api.model
    def _cron_look(self):
        """Look for new findings of all companies, and owe the team leaders a mail."""
        companies = self.env["res.company"].search([("service_giveaway_days", ">", 0)])
        self._look(companies)
        self._queue_digests(companies)

    # === BUSINESS METHODS: LOOK === #

    @api.model
    def _look(self, companies):
        """Close what is no longer so, and record what is new.

        :return: the new findings
        """
        self.env.flush_all()
        self._close_gone(SQL("found.company_id IN %s", tuple(companies.ids)))
        self._reopen_refused(companies)
        causes = [
            {"kind": kind, **dict(zip(COLUMNS, row, strict=True))}
            for kind, query in self._get_causes().items()
            for row in self.env.execute_query(
                self._get_new_query(kind, query, companies)
            )
        ]
        return self._record_found(causes)

    def _get_new_query(self, kind, query, companies):
        """Return SQL of the causes of a kind that are not on the list yet: of the last
        days, or recorded since then about a day before."""
        today = self.env["service.contract"]._service_now().date()
        return SQL(
            """
            SELECT %(columns)s
              FROM (%(causes)s) AS cause
              JOIN res_company AS house ON house.id = cause.company_id
             WHERE house.id IN %(companies)s
               AND cause.day <= %(today)s
               AND (
                       cause.day > %(today)s - house.service_giveaway_days
                    OR cause.recorded_at > %(today)s - house.service_giveaway_days
                   )
               AND cause.partner_id IS DISTINCT FROM house.partner_id
               AND NOT EXISTS (
                       SELECT
                         FROM service_giveaway AS found
                        WHERE found.kind = %(kind)s
                          AND found.res_id = cause.res_id
                          AND found.state <> 'gone'
                   )
            """,
            columns=SQL(", ").join(SQL.identifier("cause", name) for name in COLUMNS),
            causes=query(SQL("TRUE")),
            companies=tuple(companies.ids) or (0,),
            today=today,
            kind=kind,
        )

    def _close_gone(self, which):
        """Close open findings whose cause is gone, one query for each kind.

        :param which: SQL condition on ``found``
        """
        for kind, query in self._get_causes().items():
            is_open = SQL(
                "found.state = 'open' AND found.kind = %s AND %s", kind, which
            )
            standing = query(
                SQL(
                    "source.id IN"
                    " (SELECT found.res_id FROM service_giveaway AS found WHERE %s)",
                    is_open,
                )
            )
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE service_giveaway AS found
                       SET state = 'gone', write_date = %s, write_uid = %s
                     WHERE %s
                       AND NOT EXISTS (
                               SELECT FROM (%s) AS cause
                                WHERE cause.res_id = found.res_id
                           )
                    """,
                    self.env.cr.now(),
                    self.env.uid,
                    is_open,
                    standing,
                )
            )
        self.invalidate_model(flush=False)

    def _reopen_refused(self, companies):
        """Open what was quoted again where the quotation was cancelled or deleted."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE service_giveaway AS found
                   SET state = 'open'
                 WHERE found.state = 'change'
                   AND found.company_id IN %s
                   AND NOT EXISTS (
                           SELECT
                             FROM sale_order AS sale
                            WHERE sale.id = found.sale_order_id
                              AND sale.state <> 'cancel'
                       )
                """,
                tuple(companies.ids) or (0,),
            )
        )
        self.invalidate_model(flush=False)

    # === BUSINESS METHODS: RECORD === #

    @api.model
    def _record_found(self, causes):
        """Insert findings; a cause that is back opens the one of before again.

        :param causes: dicts of ``COLUMNS`` and the kind
        :return: the findings that are new, or open again
        """
        if not causes:
            return self.browse()
        self._complete(causes)
        now = self.env.cr.now()
        rows = [self._prepare_row(cause, now) for cause in causes]
        names = list(rows[0])
        ids = self.env.execute_query(
            SQL(
                """
                INSERT INTO service_giveaway AS found (%(names)s) VALUES %(rows)s
                ON CONFLICT (kind, res_id) DO UPDATE SET %(refreshed)s
                WHERE found.state = 'gone'
                RETURNING id
                """,
                names=SQL(", ").join(map(SQL.identifier, names)),
                rows=SQL(", ").join(SQL("%s", tuple(row.values())) for row in rows),
                refreshed=SQL(", ").join(
                    SQL(
                        "%s = %s",
                        SQL.identifier(name),
                        SQL.identifier("excluded", name),
                    )
                    for name in REFRESHED
                ),
            )
        )
        self.invalidate_model(flush=False)
        return self.browse(id_ for (id_,) in ids)

    def _prepare_row(self, cause, now):
        """Return the columns of a finding."""
        company = self.env["res.company"].browse(cause["company_id"])
        line = self.env["service.contract.line"].browse(cause["contract_line_id"])
        seconds = cause["quantity"] if cause["unit"] == "second" else 0
        return {
            "kind": cause["kind"],
            "res_model": SOURCE_MODELS[cause["kind"]],
            "res_id": cause["res_id"],
            "found_at": self.env["service.contract"]._service_now(),
            "description": cause["description"],
            "day": cause["day"],
            "unit": cause["unit"],
            "quantity": cause["quantity"],
            "hours": seconds / SECONDS_PER_HOUR,
            "value": cause["value"],
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "partner_id": cause["partner_id"],
            "contract_line_id": line.id or None,
            "contract_id": line.contract_id.id or None,
            "ticket_id": cause["ticket_id"],
            "product_id": cause["product_id"],
            "team_id": cause["team_id"],
            "user_id": cause["user_id"],
            "state": "open",
            "create_uid": self.env.uid,
            "create_date": now,
            "write_uid": self.env.uid,
            "write_date": now,
        }

    def _complete(self, causes):
        """Add what takes more than the query knows: units, team, line and value."""
        self._read_ahead(causes)
        lines_of = self._get_lines_of(causes)
        hour = self.env.ref("uom.product_uom_hour")
        rates = {}
        for cause in causes:
            self._convert_quantity(cause, hour)
            if not cause["team_id"] and cause["user_id"]:
                user = self.env["res.users"].browse(cause["user_id"])
                cause["team_id"] = user.helpdesk_team_ids[:1].id or None
            if not cause["contract_line_id"]:
                key = cause["company_id"], cause["partner_id"]
                cause["contract_line_id"] = self._choose_line(cause, lines_of[key]).id
        self._appraise_work(causes)
        for cause in causes:
            cause["value"] = self._get_worth(cause, rates)

    def _read_ahead(self, causes):
        """Read at once what is asked of each cause one by one."""
        for model, column, names in (
            ("res.company", "company_id", ["currency_id", "service_hour_value"]),
            ("res.users", "user_id", ["helpdesk_team_ids"]),
            ("uom.uom", "uom_id", ["factor"]),
            ("product.product", "product_id", ["lst_price", "uom_id", "currency_id"]),
            ("res.currency", "currency_id", ["rounding"]),
            ("service.contract.line", "contract_line_id", ["contract_id"]),
        ):
            ids = {cause[column] for cause in causes if cause[column]}
            records = self.env[model].browse(ids)
            for name in names:
                records.mapped(name)
        for model in ("account.analytic.line", "service.usage"):
            sources = self.env[model].browse(
                cause["res_id"]
                for cause in causes
                if SOURCE_MODELS[cause["kind"]] == model
            )
            if model == "account.analytic.line":
                sources.mapped("employee_id.service_role_id")
            else:
                sources.mapped("task_code_id")

    def _convert_quantity(self, cause, hour):
        """Convert a quantity to whole base units, rounded once."""
        unit, uom = cause["unit"], self.env["uom.uom"].browse(cause["uom_id"])
        quantity = float(cause["quantity"] or 0)
        if cause["kind"] in ("time", "silent"):
            if uom and uom != hour:
                quantity = uom._compute_quantity(quantity, hour, round=False)
            quantity *= SECONDS_PER_HOUR
        elif unit == "piece" and cause["product_id"]:
            product = self.env["product.product"].browse(cause["product_id"])
            if uom and uom != product.uom_id:
                quantity = uom._compute_quantity(quantity, product.uom_id, round=False)
            quantity *= BASE_PER_SHOWN["piece"]
        cause["quantity"] = round(quantity)

    def _get_lines_of(self, causes):
        """Return the lines that may carry a charge, by company and customer; also of
        contracts that are shared with him."""
        customers = self.env["res.partner"].browse(
            {cause["partner_id"] for cause in causes if cause["partner_id"]}
        )
        lines = self.env["service.contract.line"].search(
            [
                ("company_id", "in", list({cause["company_id"] for cause in causes})),
                "|",
                ("contract_id.commercial_partner_id", "in", customers.ids),
                ("contract_id.beneficiary_ids", "in", customers.ids),
                ("contract_id.confirmed_at", "!=", False),
                ("coverage_type", "!=", "none"),
            ],
            order="id",
        )
        by_customer = defaultdict(lines.browse)
        for line in lines:
            for customer in line.contract_id._get_customers() & customers:
                by_customer[line.company_id.id, customer.id] |= line
        return by_customer

    def _choose_line(self, cause, lines):
        """Return the line that would carry the charge: one that serves on that day,
        counts such work, and has a price; rather the customer's own than one that is
        shared with him."""

        def fits(line):
            if cause["unit"] == "second":
                return line.coverage_type in TIME_COVERAGE
            return line.exhaustion_policy == "bill"

        serving = lines.filtered(lambda line: line._serves_on(cause["day"]))
        return serving.sorted(
            lambda line: (
                not fits(line),
                not line.overage_price,
                line.priority,
                cause["partner_id"] in line.contract_id.beneficiary_ids.ids,
                line.id,
            )
        )[:1]

    def _appraise_work(self, causes):
        """Add what work would cost on its line, by the code that rates it."""
        works = [
            cause
            for cause in causes
            if cause["contract_line_id"]
            and cause["quantity"] > 0
            and not (cause["amount"] or cause["product_id"])
        ]
        lines = self.env["service.contract.line"].browse(
            cause["contract_line_id"] for cause in works
        )
        amounts = self.env["service.charge"]._appraise(
            [
                {
                    "contract_line_id": line.id,
                    "unit": cause["unit"],
                    "quantity": cause["quantity"],
                    "event_at": line.contract_id._get_noon(cause["day"]),
                    **self._get_work_facts(cause),
                }
                for cause, line in zip(works, lines, strict=True)
            ]
        )
        for cause, line, amount in zip(works, lines, amounts, strict=True):
            cause.update(amount=amount, currency_id=line.currency_id.id)

    def _get_work_facts(self, cause):
        """Return what else the price of work depends on."""
        source = self.env[SOURCE_MODELS[cause["kind"]]].browse(cause["res_id"])
        if cause["kind"] == "time":
            return source._get_worker_facts()
        if source._name == "service.usage":
            names = ("task_code_id", "role_id", "level_id", "zone_id")
            return {name: source[name].id for name in names}
        return {}

    def _get_worth(self, cause, rates):
        """Return what was given away, in the company's currency.

        :param rates: of currencies, filled on the way
        """
        company = self.env["res.company"].browse(cause["company_id"])
        currency, worth = company.currency_id, float(cause["amount"] or 0)
        if worth:
            currency = currency.browse(cause["currency_id"])
        elif cause["product_id"]:
            product = self.env["product.product"].browse(cause["product_id"])
            currency = product.with_company(company).currency_id
            worth = product.lst_price * cause["quantity"] / BASE_PER_SHOWN["piece"]
        if not worth and cause["unit"] == "second":
            currency = company.currency_id
            worth = company.service_hour_value * cause["quantity"] / SECONDS_PER_HOUR
        if currency != company.currency_id:
            key = currency, company
            if key not in rates:
                # Of today: an estimate, and one query for each currency.
                today = self.env["service.contract"]._service_now().date()
                rates[key] = currency._get_conversion_rate(
                    currency, company.currency_id, company, today
                )
            worth *= rates[key]
        return company.currency_id.round(worth)
