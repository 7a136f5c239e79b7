import {registry} from "@web/core/registry";

const CSV = `External Key,Customer,Start,Product,Price
OLD-1,Trattoria Aurora,2025-01-01,Maintenance,120.50
OLD-2,Nobody,2025-01-01,Maintenance,99
`;

// A manager checks a file, reads what is wrong in it, and imports the rest.
registry.category("web_tour.tours").add("service_contract_import", {
    url: "/odoo/action-service_contract.service_contract_import_action",
    steps: () => [
        {
            content: "Drop a file",
            trigger: ".o_service_contract_file_drop:contains('Drop a CSV or XLSX file')",
            run() {
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(
                    new File([CSV], "contracts.csv", {type: "text/csv"})
                );
                this.anchor.dispatchEvent(
                    new DragEvent("drop", {bubbles: true, dataTransfer})
                );
            },
        },
        {
            trigger: ".o_service_contract_file_drop:contains('contracts.csv')",
        },
        {
            content: "Check it",
            trigger: "button[name=action_check]",
            run: "click",
        },
        {
            trigger: ".alert:contains('1 of 2 contracts can be imported')",
        },
        {
            trigger: "tr:contains('OLD-2'):contains('Error'):contains('Nobody')",
        },
        {
            content: "Import what is right",
            trigger: "button[name=action_import]",
            run: "click",
        },
        {
            trigger: ".alert:contains('1 contracts imported')",
        },
        {
            trigger: "button[name=action_download_refused]",
        },
        {
            content: "Look at it",
            trigger: "button[name=action_view_contracts]",
            run: "click",
        },
        {
            trigger: ".o_list_view .o_data_row:contains('Trattoria Aurora')",
        },
    ],
});
