# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from collections import Counter
from dataclasses import dataclass, field

from odoo import api, models
from odoo.tools import SQL


@dataclass
class Batch:
    """What the tickets of one creation share; handed down in the context.

    :param wanted: how many numbers are needed, by company
    :param numbers: numbers that are drawn and not given away, by company
    :param subtype: the subtype of the messages that tell of a new ticket
    :param followers: who follows the teams, by question
    :param posts: (ticket, arguments of ``message_post``) of these messages
    """

    wanted: Counter
    subtype: models.BaseModel
    numbers: dict = field(default_factory=dict)
    followers: dict = field(default_factory=dict)
    posts: list = field(default_factory=list)


class TrackedChanges(dict):
    """Arguments of ``_message_log`` by id of the ticket; handed down in the context."""


class HelpdeskTicket(models.Model):
    """Many tickets at once: what all of them need is asked for and written once.

    helpdesk_mgmt takes a number and looks for a stage ticket by ticket, and mail posts
    a message for each. The outcome here is the same; tickets alone go their way.
    """

    _inherit = "helpdesk.ticket"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if len(vals_list) < 2:
            return super().create(vals_list)
        batch = Batch(self._count_numbers(vals_list), self._creation_subtype())
        batch_self = self.with_context(service_contract_batch=batch)
        tickets = super(HelpdeskTicket, batch_self).create(
            self._fill_in_stages(vals_list)
        )
        self._post_together(batch.posts)
        return tickets.with_env(self.env)

    @api.model
    def _get_batch(self):
        """Return what the tickets that are being made share, None for a lone one."""
        batch = self.env.context.get("service_contract_batch")
        # A context from outside may hold anything.
        return batch if isinstance(batch, Batch) else None

    @api.model
    def _fill_in_stages(self, vals_list):
        """Give tickets of a team its first stage, as helpdesk_mgmt does one by one."""
        stages = {}
        filled = []
        for vals in vals_list:
            team_id = vals.get("team_id")
            if team_id and "stage_id" not in vals:
                if team_id not in stages:
                    team = self.env["helpdesk.ticket.team"].browse(team_id)
                    stages[team_id] = team._get_applicable_stages()[:1].id
                vals = {**vals, "stage_id": stages[team_id]}
            filled.append(vals)
        return filled

    # === NUMBERS === #

    @api.model
    def _count_numbers(self, vals_list):
        """Return how many numbers a batch needs, by company."""
        return Counter(
            self._get_number_company(vals)
            for vals in vals_list
            if vals.get("number", "/") == "/"
        )

    @api.model
    def _get_number_company(self, vals):
        return vals.get("company_id") or self.env.company.id

    @api.model
    def _prepare_ticket_number(self, values):
        batch = self._get_batch()
        company_id = self._get_number_company(values)
        if batch and company_id not in batch.numbers:
            batch.numbers[company_id] = self._draw_numbers(
                company_id, batch.wanted[company_id]
            )
        if batch and batch.numbers[company_id]:
            return batch.numbers[company_id].pop()
        return super()._prepare_ticket_number(values)

    @api.model
    def _draw_numbers(self, company_id, quantity):
        """Return the next numbers of the tickets' sequence, the last one first.

        Sequences without gaps or with date ranges give nothing here: they are asked
        one by one.
        """
        sequence = self.env["ir.sequence"].search(
            [
                ("code", "=", "helpdesk.ticket.sequence"),
                ("company_id", "in", [company_id, False]),
            ],
            order="company_id",
            limit=1,
        )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return []
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                quantity,
            )
        )
        return [sequence.get_next_char(number) for (number,) in reversed(rows)]

    # === MESSAGES === #

    def _creation_subtype(self):
        batch = self._get_batch()
        return batch.subtype if batch else super()._creation_subtype()

    def message_post(self, **kwargs):
        batch = self._get_batch()
        if not batch or kwargs.get("subtype_id") != batch.subtype.id:
            return super().message_post(**kwargs)
        batch.posts.append((self.with_context(service_contract_batch=None), kwargs))
        return self.env["mail.message"]

    @api.model
    def _post_together(self, posts):
        """Post the messages of a creation: those that nobody is told of in one insert.

        :param posts: (ticket, arguments of ``message_post``), the same but for the body
        """
        if not posts:
            return
        tickets = self.browse(ticket.id for ticket, _kwargs in posts).sudo()  # as mail
        author_id = posts[0][1]["author_id"]
        told = self.env["mail.followers"]._get_recipient_data(
            tickets, "notification", posts[0][1]["subtype_id"]
        )
        quiet = {}
        for ticket, kwargs in posts:
            if set(told.get(ticket.id, ())) <= {author_id}:
                quiet[ticket.id] = kwargs
            else:
                ticket.message_post(**kwargs)
        tickets = tickets.filtered(lambda ticket: ticket.id in quiet)
        tickets._message_create(tickets._prepare_creation_messages(quiet))

    def _prepare_creation_messages(self, kwargs_by_id):
        """Return the values that ``message_post`` would write."""
        if not self:
            return []
        author_id = next(iter(kwargs_by_id.values()))["author_id"]
        author_id, email_from = self._message_compute_author(author_id)
        reply_to = self._notify_get_reply_to(default=email_from, author_id=author_id)
        domains = self._mail_get_alias_domains(default_company=self.env.company)
        companies = self._mail_get_companies(default=self.env.company)
        return [
            {
                "author_id": author_id,
                "email_from": email_from,
                "email_add_signature": True,
                "model": self._name,
                "res_id": ticket.id,
                "message_type": "notification",
                "subject": False,
                "parent_id": False,
                "record_alias_domain_id": domains[ticket.id].id,
                "record_company_id": companies[ticket.id].id,
                "reply_to": reply_to[ticket.id],
                "subtype_id": kwargs_by_id[ticket.id]["subtype_id"],
                "body": kwargs_by_id[ticket.id]["body"],
            }
            for ticket in self
        ]

    # === TRACKING === #

    def _message_track(self, fields_iter, initial_values_dict):
        if len(self) < 2:
            return super()._message_track(fields_iter, initial_values_dict)
        logs = TrackedChanges()
        tickets = self.with_context(service_contract_logs=logs)
        result = super(HelpdeskTicket, tickets)._message_track(
            fields_iter, initial_values_dict
        )
        self._log_together(logs)
        return result

    def _message_log(self, **kwargs):
        logs = self.env.context.get("service_contract_logs")
        is_known = kwargs.keys() <= {"body", "author_id", "tracking_value_ids"}
        if not (isinstance(logs, TrackedChanges) and is_known) or self.id in logs:
            return super()._message_log(**kwargs)
        logs[self.id] = kwargs
        return self.env["mail.message"]

    @api.model
    def _log_together(self, logs):
        """Log what changed on many tickets: one insert of notes, one of values.

        :param logs: by id of the ticket: arguments of ``_message_log``
        """
        ids_by_author = {}
        for ticket_id, kwargs in logs.items():
            ids_by_author.setdefault(kwargs.get("author_id"), []).append(ticket_id)
        values_list = []
        for author_id, ids in ids_by_author.items():
            messages = self.browse(ids)._message_log_batch(
                {id_: logs[id_].get("body") or "" for id_ in ids}, author_id=author_id
            )
            for id_, message in zip(ids, messages, strict=True):
                values_list += [
                    {**command[2], "mail_message_id": message.id}
                    for command in logs[id_].get("tracking_value_ids") or ()
                ]
        self.env["mail.tracking.value"].sudo().create(values_list)  # no ACL, as in mail
