# Copyright 2026 The service_contract authors
# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).

from urllib.parse import quote

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

from .tools import parse_text, parse_token

DRAWS_PER_PAGE = 50
HISTORY_KEY = "my_service_contracts_history"


class ServiceContractPortal(CustomerPortal):
    """The customer's contracts under ``/my``.

    Access is decided with the user's rights (or the token of the document) before
    anything is read with more; pages show what ``_get_portal_values`` returns.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "service_contract_count" in counters:
            contracts = request.env["service.contract"]
            values["service_contract_count"] = (
                contracts.sudo().search_count(  # shared ones: no rule
                    contracts._get_portal_domain()
                )
                if contracts.has_access("read")
                else 0
            )
        return values

    # === LIST === #

    @http.route(
        ["/my/contracts", "/my/contracts/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_service_contracts(
        self, page=1, sortby=None, filterby=None, search=None, search_in=None, **kw
    ):
        """List the customer's contracts with their balances."""
        contract_model = request.env["service.contract"]
        if not contract_model.has_access("read"):
            return request.redirect("/my")
        chosen, choices = self._choose_service_contracts(
            sortby, filterby, search, search_in
        )
        domain = contract_model._get_portal_domain()
        domain &= choices["searchbar_filters"][chosen["filterby"]]["domain"]
        if chosen["search"]:
            by_text = choices["searchbar_inputs"][chosen["search_in"]]["domain"]
            domain &= by_text(chosen["search"])
        # The domain is narrower than the rules, but for contracts that are shared: of
        # those only plain values leave here.
        contract_model_sudo = contract_model.sudo()  # shared ones: no rule
        pager = portal_pager(
            url="/my/contracts",
            url_args=chosen,
            total=contract_model_sudo.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        contracts_sudo = contract_model_sudo.search(
            domain,
            order=choices["searchbar_sortings"][chosen["sortby"]]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        request.session[HISTORY_KEY] = contracts_sudo.ids[:100]
        values = {
            **self._prepare_portal_layout_values(),
            "service_contracts": contracts_sudo._get_portal_summaries(),
            "page_name": "service_contract",
            "default_url": "/my/contracts",
            "pager": pager,
            **choices,
            **chosen,
        }
        return request.render("service_contract.portal_my_contracts", values)

    def _choose_service_contracts(self, sortby, filterby, search, search_in):
        """Return what is chosen of the search bar, and what there is to choose from.

        What the page does not offer is replaced by what it starts with.
        """
        sortings = self._get_service_contract_sortings()
        filters = self._get_service_contract_filters()
        inputs = self._get_service_contract_search_inputs()
        chosen = {
            "sortby": sortby if sortby in sortings else "date",
            "filterby": filterby if filterby in filters else "all",
            "search": parse_text(search).strip(),
            "search_in": search_in if search_in in inputs else "all",
        }
        choices = {
            "searchbar_sortings": sortings,
            "searchbar_filters": filters,
            "searchbar_inputs": inputs,
        }
        return chosen, choices

    def _get_service_contract_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "date_start desc, id desc",
            },
            "end": {"label": request.env._("End"), "order": "date_end, id"},
            "name": {"label": request.env._("Number"), "order": "name, id"},
        }

    def _get_service_contract_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "running": {
                "label": request.env._("Running"),
                "domain": Domain("state", "in", ["invoiced", "active", "on_hold"]),
            },
            "over": {
                "label": request.env._("Ended"),
                "domain": Domain("state", "in", ["expired", "cancelled"]),
            },
        }

    def _get_service_contract_search_inputs(self):
        def by_number(text):
            return Domain("name", "ilike", text)

        def by_reference(text):
            # Of a contract that is shared, the reference is not shown.
            customer = request.env.user.commercial_partner_id
            return Domain("reference", "ilike", text) & Domain(
                "commercial_partner_id", "=", customer.id
            )

        return {
            "all": {
                "input": "all",
                "label": request.env._("Search in All"),
                "domain": lambda text: by_number(text) | by_reference(text),
            },
            "number": {
                "input": "number",
                "label": request.env._("Search in Number"),
                "domain": by_number,
            },
            "reference": {
                "input": "reference",
                "label": request.env._("Search in Your Reference"),
                "domain": by_reference,
            },
        }

    # === PAGES OF ONE CONTRACT === #

    @http.route(
        "/my/contracts/<int:contract_id>", type="http", auth="public", website=True
    )
    def portal_my_service_contract(self, contract_id, access_token=None, **kw):
        """Show one contract to whom may read it, or has its token."""
        token = parse_token(access_token)
        contract_sudo = self._get_service_contract(contract_id, token)
        if not contract_sudo:
            return self._redirect_from_service_contract()
        values = {
            "service_contract": contract_sudo._get_portal_values(request.env.user),
            "page_name": "service_contract",
            "all_draws_url": self._get_all_draws_url(contract_sudo, token),
            "backend_url": f"/odoo/service-contracts/{contract_sudo.id}",
        }
        values = self._get_page_view_values(
            contract_sudo, token, values, HISTORY_KEY, False, **kw
        )
        return request.render("service_contract.portal_my_contract", values)

    @http.route(
        [
            "/my/contracts/<int:contract_id>/draws",
            "/my/contracts/<int:contract_id>/draws/page/<int:page>",
        ],
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def portal_my_service_contract_draws(
        self, contract_id, page=1, access_token=None, **kw
    ):
        """Show all draws of one contract, page by page."""
        token = parse_token(access_token)
        contract_sudo = self._get_service_contract(contract_id, token)
        if not contract_sudo:
            return self._redirect_from_service_contract()
        share = contract_sudo._get_portal_shares(request.env.user)[contract_sudo]
        pager = portal_pager(
            url=f"/my/contracts/{contract_sudo.id}/draws",
            url_args={"access_token": token} if token else None,
            total=contract_sudo._get_portal_draw_count(share),
            page=page,
            step=DRAWS_PER_PAGE,
        )
        values = {
            **self._prepare_portal_layout_values(),
            "service_contract": contract_sudo._get_portal_header(share),
            "draws": contract_sudo._get_portal_draws(
                request.env.user, share, DRAWS_PER_PAGE, pager["offset"]
            ),
            "page_name": "service_contract",
            "pager": pager,
            "token": token,
        }
        return request.render("service_contract.portal_my_contract_draws", values)

    @http.route(
        "/my/contracts/proof/<int:invoice_id>",
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def portal_my_service_proof(self, invoice_id, access_token=None, **kw):
        """Download the work behind an invoice, for whom may read the invoice."""
        try:
            invoice_sudo = self._document_check_access(
                "account.move", invoice_id, access_token=parse_token(access_token)
            )
        except (AccessError, MissingError):
            return self._redirect_from_service_contract()
        if not invoice_sudo._has_service_proof():
            return self._redirect_from_service_contract()
        return self._show_report(
            model=invoice_sudo,
            report_type="pdf",
            report_ref="service_contract.account_move_proof_report",
            download=True,
        )

    def _get_service_contract(self, contract_id, token):
        """Return the contract with all rights if the visitor may see it, else None.

        Who shares a contract may not read it, but sees a part of the page. A draft is
        nobody's business outside: nothing is agreed yet.
        """
        try:
            contract_sudo = self._document_check_access(
                "service.contract", contract_id, access_token=token
            )
        except (AccessError, MissingError):
            contracts = request.env["service.contract"]
            is_customer = contracts.has_access("read")
            # Narrowed by the domain to what is shared with the visitor's company.
            return is_customer and contracts.sudo().search(  # shared ones: no rule
                contracts._get_portal_domain() & Domain("id", "=", contract_id)
            )
        if contract_sudo.state == "draft" and not request.env.user._is_internal():
            return None
        return contract_sudo

    def _redirect_from_service_contract(self):
        """Answer the same whether the contract is somebody else's or nobody's."""
        if request.env.user._is_public():
            path = quote(request.httprequest.path)
            return request.redirect(f"/web/login?redirect={path}")
        return request.redirect("/my/contracts")

    def _get_all_draws_url(self, contract_sudo, token):
        url = f"{contract_sudo.access_url}/draws"
        return f"{url}?access_token={quote(token)}" if token else url
