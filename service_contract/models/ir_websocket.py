# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from odoo import models

from .helpdesk_ticket_board import BOARD_CHANNEL


class IrWebsocket(models.AbstractModel):
    """Who may listen to the board *At risk*."""

    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Turn the wish to follow the board into the channels of the user's companies.

        Helpdesk users only: the name that the browser sends is no secret.
        """
        wishes = [
            isinstance(channel, str) and channel == BOARD_CHANNEL
            for channel in channels
        ]
        user = self.env.user
        channels = [
            channel for channel, wish in zip(channels, wishes, strict=True) if not wish
        ]
        if any(wishes) and user.has_group("helpdesk_mgmt.group_helpdesk_user_own"):
            channels += [(company, BOARD_CHANNEL) for company in user.company_ids]
        return super()._build_bus_channel_list(channels)
