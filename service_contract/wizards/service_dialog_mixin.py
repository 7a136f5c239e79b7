# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from functools import partial

from odoo import api, models
from odoo.fields import Domain


class ServiceDialogMixin(models.AbstractModel):
    """A dialog is for who opened it, and for who may read what it is about.

    A dialog tells more than its user may look up: what is left, and what it costs. So
    the records that it is about are checked before it tells anything of them, and
    others do not get to see it; Odoo itself lets all users of a dialog read it.
    """

    _name = "service.dialog.mixin"
    _description = "Dialog"

    # Names of the records that it is about: fields, or "line_ids.field".
    _about = ()

    # === ACCESS === #

    def _check_access(self, operation):
        if refused := super()._check_access(operation):
            return refused
        dialogs = self.filtered("id").sudo()  # to look at the owner and the records
        others = dialogs.filtered(lambda dialog: dialog.create_uid != self.env.user)
        if others:
            rules = self.env["ir.rule"]
            return self & others, partial(rules._make_access_error, operation, others)
        for dialog in dialogs:
            if refused := dialog._check_records():
                return self & dialog, refused[1]
        return None

    def _check_records(self):
        """Return which records the user may not read, as ``_check_access`` does."""
        self.ensure_one()
        for path in self._about:
            records = self.mapped(path)._origin.sudo(False)  # the user's own rights
            if records and (refused := records._check_access("read")):
                return refused
        return None

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su:
            domain = Domain(domain) & Domain("create_uid", "=", self.env.uid)
        return super()._search(domain, *args, **kwargs)

    def read(self, fields=None, load="_classic_read"):
        self.check_access("read")
        return super().read(fields, load)

    def write(self, vals):
        result = super().write(vals)
        self.check_access("read")
        return result

    def onchange(self, values, field_names, fields_spec):
        # What the context proposes counts as if it was typed.
        names = {path.partition(".")[0] for path in self._about}
        known = {**self.default_get(list(names)), **values}
        dialog = self.new({name: known[name] for name in names & known.keys()}, self)
        if not self.env.su and (refused := dialog._check_records()):
            raise refused[1]()
        return super().onchange(values, field_names, fields_spec)
