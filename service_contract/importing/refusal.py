# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).


class Refusal(Exception):
    """What is wrong with a cell, a row, a file or an event, and what to do about it.

    :param message: lazily translated text for the user
    :param row: the row it is about, where that is not plain
    :param column: the column or field it is about, where that is not plain
    """

    def __init__(self, message, row=None, column=None):
        super().__init__()
        self.message = message
        self.row = row
        self.column = column
