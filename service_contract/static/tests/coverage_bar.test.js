import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {queryAllTexts, queryOne} from "@odoo/hoot-dom";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Coverage extends models.Model {
    _name = "coverage";

    percent = fields.Float();
    reserved = fields.Float();
    text = fields.Char();
    level = fields.Selection({
        selection: [
            ["uncounted", "Not counted"],
            ["plenty", "Enough left"],
            ["nearly", "Nearly used up"],
            ["used_up", "Used up"],
        ],
    });

    _records = [
        {id: 1, percent: 32.5, text: "6:30 of 20:00 h used", level: "plenty"},
        {id: 2, percent: 90, text: "18:00 of 20:00 h used", level: "nearly"},
        {id: 3, percent: 130, text: "26:00 of 20:00 h used", level: "used_up"},
        {id: 4, percent: 0, text: "Unlimited", level: "uncounted"},
        {
            id: 5,
            percent: 30,
            reserved: 25.4,
            text: "6:00 of 20:00 h used, 5:05 h reserved",
            level: "plenty",
        },
        {
            id: 6,
            percent: 90,
            reserved: 40,
            text: "18:00 of 20:00 h used, 8:00 h reserved",
            level: "used_up",
        },
    ];
}

defineMailModels();
defineModels([Coverage]);

const FIELD = `<field name="text" widget="service_coverage_bar"
    options="{'percent_field': 'percent', 'reserved_field': 'reserved',
        'level_field': 'level'}"/>`;

function mountForm(resId) {
    return mountView({
        type: "form",
        resModel: "coverage",
        resId,
        arch: `<form>${FIELD}</form>`,
    });
}

test("the bar says its value to screen readers and shows the words", async () => {
    await mountForm(1);
    expect("[role=progressbar]").toHaveAttribute("aria-valuenow", "33");
    expect("[role=progressbar]").toHaveAttribute("aria-valuemin", "0");
    expect("[role=progressbar]").toHaveAttribute("aria-valuemax", "100");
    expect("[role=progressbar]").toHaveAttribute(
        "aria-valuetext",
        "6:30 of 20:00 h used"
    );
    expect(".o_service_contract_coverage_text").toHaveText("6:30 of 20:00 h used");
    expect(".badge").toHaveCount(0);
});

test("a level that needs attention has a colour and a word", async () => {
    await mountForm(2);
    expect(".progress-bar").toHaveClass("bg-warning");
    expect(".badge").toHaveText("Nearly used up");
});

test("a bar never grows past its end", async () => {
    await mountForm(3);
    expect(queryOne(".progress-bar").style.width).toBe("100%");
    expect("[role=progressbar]").toHaveAttribute("aria-valuenow", "100");
    expect(".badge").toHaveText("Used up");
});

test("coverage that is not counted has words and no bar", async () => {
    await mountForm(4);
    expect("[role=progressbar]").toHaveCount(0);
    expect(".o_service_contract_coverage_text").toHaveText("Unlimited");
});

test("what is reserved is a part of its own, with words", async () => {
    await mountForm(5);
    expect(queryOne(".progress-bar:not(.progress-bar-striped)").style.width).toBe("30%");
    expect(queryOne(".progress-bar-striped").style.width).toBe("25%");
    expect(".progress-bar-striped").toHaveAttribute("title", "Reserved");
    expect("[role=progressbar]").toHaveAttribute("aria-valuenow", "30");
    expect(".o_service_contract_coverage_text").toHaveText(
        "6:00 of 20:00 h used, 5:05 h reserved"
    );
    expect(".badge").toHaveCount(0);
});

test("used and reserved together fill the bar at most", async () => {
    await mountForm(6);
    expect(queryOne(".progress-bar-striped").style.width).toBe("10%");
    expect(".badge").toHaveText("Nothing available");
});

test("nothing reserved has no part in the bar", async () => {
    await mountForm(1);
    expect(".progress-bar-striped").toHaveCount(0);
});

test("lists show one bar a row", async () => {
    await mountView({
        type: "list",
        resModel: "coverage",
        arch: `<list>${FIELD}</list>`,
    });
    expect("[role=progressbar]").toHaveCount(5);
    expect(queryAllTexts(".badge")).toEqual([
        "Nearly used up",
        "Used up",
        "Nothing available",
    ]);
});
