import {registry} from "@web/core/registry";

// Five keys from the search box: the dispatcher gives the most urgent ticket to Zoe.
registry.category("web_tour.tours").add("service_sla_board_keys", {
    url: "/odoo/at-risk",
    steps: () => [
        {
            content: "The most urgent ticket is on top, in its band",
            trigger: ".o_list_view .o_group_name:contains('Missed (1)')",
        },
        {
            trigger: ".o_data_row:first:contains('The oven is cold'):contains('Missed')",
        },
        {
            content: "Key 1: go to it",
            trigger: ".o_searchview_input:focus",
            run: "press ArrowDown",
        },
        {
            content: "Key 2: change it",
            trigger: ".o_data_row:contains('The oven is cold') :focus",
            run: "press Enter",
        },
        {
            content: "Key 3: the first letter of who is to take it",
            trigger: ".o_selected_row [name=user_id] input:focus",
            run: "press Z",
        },
        {
            content: "Key 4: take the first suggestion",
            trigger: ".o-autocomplete--dropdown-item:contains('Zoe')",
            run: "press Enter",
        },
        {
            content: "Key 5: save",
            trigger: ".o_selected_row [name=user_id] input:value('Zoe')",
            run: "press Enter",
        },
        {
            trigger:
                ".o_data_row:not(.o_selected_row):contains('The oven is cold'):contains('Zoe')",
        },
    ],
});

// Two clicks on a card.
registry.category("web_tour.tours").add("service_sla_board_clicks", {
    url: "/odoo/at-risk?view_type=kanban",
    steps: () => [
        {
            content: "Bands are columns, empty ones too",
            trigger: ".o_kanban_group:contains('Today (0)')",
        },
        {
            content: "Click 1: who?",
            trigger: ".o_kanban_record:contains('The oven is cold') .o_quick_assign",
            run: "click",
        },
        {
            content: "Click 2: Zoe",
            trigger: ".o_popover .o-autocomplete--dropdown-item:contains('Zoe')",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains('The oven is cold') .o_m2o_avatar img",
        },
        {
            content: "One click takes a ticket for oneself",
            trigger: ".o_kanban_record:contains('The fridge drips') a[name=action_assign_to_me]",
            run: "click",
        },
        {
            trigger:
                ".o_kanban_record:contains('The fridge drips'):not(:has(a[name=action_assign_to_me]))",
        },
    ],
});

// The agent waits for the customer: the countdown stands still, and says why.
registry.category("web_tour.tours").add("service_sla_pause", {
    steps: () => [
        {
            content: "The restoration runs",
            trigger: "[data-state=running]:contains('Restore') [role=timer]",
        },
        {
            content: "Pause",
            trigger: ".o_statusbar_buttons button:contains('Pause')",
            run: "click",
        },
        {
            content: "Why?",
            trigger: ".modal .o_field_widget[name=reason_id] input",
            run: "edit Waiting for a part",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Waiting for a part')",
            run: "click",
        },
        {
            trigger: ".modal footer button.btn-primary",
            run: "click",
        },
        {
            content: "The countdown is paused in sight",
            trigger:
                "[data-state=paused]:contains('Restore'):contains('Paused'):contains('Waiting for a part, since')",
        },
        {
            content: "Ask how it was counted",
            trigger: "[data-state=paused] .o_service_contract_sla_explain",
            run: "click",
        },
        {
            trigger: ".modal .o_service_contract_explanation tfoot:contains('Sum')",
        },
        {
            trigger: ".modal:contains('Waiting for a part')",
        },
    ],
});
