import {registry} from "@web/core/registry";

function choose(field, text) {
    return [
        {
            content: `Type ${text} into ${field}`,
            trigger: `.o_field_widget[name="${field}"] input`,
            run: `edit ${text}`,
        },
        {
            content: `Choose ${text}`,
            trigger: `.o-autocomplete--dropdown-item:contains("${text}"):not(:contains("Create"))`,
            run: "click",
        },
    ];
}

// The core path of a contract user: two inputs make a contract, and the customer's
// next ticket says at once that it is covered.
registry.category("web_tour.tours").add("service_contract_core_path", {
    url: "/odoo/service-contracts",
    steps: () => [
        {
            content: "Make a contract",
            trigger: ".o_list_button_add",
            run: "click",
        },
        ...choose("partner_id", "Trattoria Aurora"),
        ...choose("template_id", "Template, cases"),
        {
            content: "The template's line is there, and says what it grants",
            trigger: `.o_field_widget[name="line_ids"] .o_data_row:contains("5 cases per month")`,
        },
        {
            content: "Confirm",
            trigger: `button[name="action_confirm"]`,
            run: "click",
        },
        {
            content: "The contract is active",
            trigger: `.o_statusbar_status .o_arrow_button_current:contains("Active")`,
        },
        {
            content: "The allotment is granted, nothing is used",
            trigger: `.o_field_widget[name="coverage_text"] [role="progressbar"][aria-valuenow="0"]`,
        },
        {
            content: "See the customer's tickets",
            trigger: `button[name="action_view_tickets"]`,
            run: "click",
        },
        {
            content: "The list of tickets is open",
            trigger: `.o_breadcrumb .active:contains("Tickets")`,
        },
        {
            content: "Make a ticket",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Title",
            trigger: `.o_field_widget[name="name"] input`,
            run: "edit The oven is cold",
        },
        {
            content: "Description",
            trigger: `.o_field_widget[name="description"] .odoo-editor-editable`,
            run: "editor Since this morning",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The ticket is covered, and by what",
            trigger: `.o_field_widget[name="service_coverage_state"]:contains("Covered, enough left")`,
        },
        {
            content: "One of five cases is used",
            trigger: `.o_field_widget[name="service_coverage_text"] [role="progressbar"][aria-valuenow="20"]`,
        },
        {
            content: "Ask why",
            trigger: ".o_service_contract_why summary",
            run: "click",
        },
        {
            content: "The conditions are listed",
            trigger: `.o_service_contract_why:contains("Contract is in force")`,
        },
    ],
});
