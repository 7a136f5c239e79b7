# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import api, models
from odoo.exceptions import UserError

# Fields that make up the agreement with the customer.
TERMS = {
    "beneficiary_ids",
    "company_id",
    "currency_id",
    "date_end",
    "date_start",
    "hold_billing",
    "name",
    "partner_id",
    "payment_term_id",
    "pricelist_id",
    "site_ids",
    "contact_ids",
    "template_id",
    "ticket_policy",
    "tz",
}
# Fields that only the verbs write (service_contract_state.py).
FACTS = {"state", "confirmed_at", "date_cancelled", "cancel_reason"}
# Stored because they are searched; nobody writes what follows from other fields.
COMPUTED = {"next_bill_date", "next_transition_at"}
# How far the billing has come, and what kept it; only the billing writes them.
PROGRESS = {
    "billing_attempts",
    "billing_error",
    "billing_run_id",
    "last_billed_at",
    "next_attempt_at",
}
# Passed in the context by the verbs. An object cannot arrive over RPC, so nobody
# else can claim to be one.
_VERB = object()


class ServiceContract(models.Model):
    """What of a contract may change, by whom, and when.

    Facts are written by the verbs alone (``service_contract_state.py``); the terms
    are locked once they are agreed; what is in force or on record stays.
    """

    _inherit = "service.contract"

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        guarded = FACTS | COMPUTED | PROGRESS
        defaults = {name for name in guarded if f"default_{name}" in self.env.context}
        self._check_not_guarded(defaults.union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        self._check_not_guarded(vals.keys())
        changed = vals.keys() & self._get_locked_fields()
        if changed:
            self._check_unlocked(changed)
        if vals.get("active") is False:
            self._check_archivable()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        for contract in self:
            if contract.charge_ids or contract._has_billing():
                raise UserError(
                    self.env._(
                        "%(contract)s carries charges, so it can't be deleted. Cancel "
                        "it, or archive it.",
                        contract=contract.display_name,
                    )
                )
            if contract.counter_ids or contract.usage_ids:
                raise UserError(
                    self.env._(
                        "What %(contract)s granted is on record, so it can't be "
                        "deleted. Cancel it, and archive it.",
                        contract=contract.display_name,
                    )
                )
            if contract.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(contract)s is in force. Cancel it before you delete it.",
                        contract=contract.display_name,
                    )
                )

    # === BUSINESS METHODS === #

    def _as_verb(self):
        """Return the records with the right to write facts, for the verbs only."""
        return self.with_context(service_contract_verb=_VERB)

    def _is_verb(self):
        return self.env.context.get("service_contract_verb") is _VERB

    def _check_is_verb(self):
        if not self._is_verb():
            raise UserError(
                self.env._(
                    "The state of a contract follows from its dates. Use Confirm, "
                    "Hold, Resume or Cancel."
                )
            )

    def _check_not_guarded(self, names):
        """Refuse to write what follows from the verbs, the dates and the billing."""
        if names & (FACTS | COMPUTED):
            self._check_is_verb()
        guarded = names & PROGRESS
        if guarded and not self.env.su and not self._is_verb():
            raise UserError(
                self.env._(
                    "%(fields)s: these follow from what was billed. To try a failed "
                    "billing again, use Try Again.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(guarded)
                    ),
                )
            )

    def _set_progress(self, **progress):
        """Note how far the billing has come, or what kept it.

        :param progress: values of fields in ``PROGRESS``
        """
        self._as_verb().write(progress)

    def _check_unlocked(self, names):
        """Refuse to change the terms of a contract that is not a draft."""
        locked = self.filtered(lambda contract: contract.state != "draft")
        if locked and not self._is_verb():
            labels = [
                self._fields[name]._description_string(self.env)
                for name in sorted(names)
            ]
            raise UserError(
                self.env._(
                    "%(contract)s is agreed with the customer, so these terms are "
                    "locked: %(fields)s. Add a line, or cancel one from a date.",
                    contract=locked[0].display_name,
                    fields=", ".join(labels),
                )
            )

    @api.model
    def _get_locked_fields(self):
        """Return the names of the fields that make up the agreement."""
        return TERMS

    def _check_takes_lines(self):
        """Refuse to add a line to a contract that is over."""
        for contract in self:
            if contract.state in ("expired", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(contract)s is over, so no line can be added to it.",
                        contract=contract.display_name,
                    )
                )

    def _check_archivable(self):
        """Refuse to hide a contract that still covers or will cover tickets."""
        for contract in self:
            if contract.state in ("invoiced", "active", "on_hold"):
                raise UserError(
                    self.env._(
                        "%(contract)s is in force. Cancel it before you archive it.",
                        contract=contract.display_name,
                    )
                )

    def _has_billing(self):
        """Whether anything was invoiced on this contract. Extended by billing."""
        self.ensure_one()
        return False
