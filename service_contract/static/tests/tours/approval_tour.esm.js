import {registry} from "@web/core/registry";

// On a phone: what is mine to decide is there, one tap decides, and it is gone.
registry.category("web_tour.tours").add("service_approval_phone", {
    url: "/odoo/service-approvals",
    steps: () => [
        {
            content: "What, how much and what follows can be read without opening it",
            trigger:
                ".o_kanban_record:contains('Worked on it'):contains('60.00'):contains('It is not charged')",
        },
        {
            content: "One tap",
            trigger:
                ".o_kanban_record:contains('Worked on it') button[name=action_approve]",
            run: "click",
        },
        {
            content: "It is decided",
            trigger: ".o_kanban_view:not(:has(button[name=action_approve]))",
        },
    ],
});
