import {defineModels, fields, models, mountView} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {manuallyDispatchProgrammaticEvent, queryOne, waitFor} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class Upload extends models.Model {
    _name = "upload";

    data = fields.Binary();
    filename = fields.Char();
}

defineMailModels();
defineModels([Upload]);

const AREA = ".o_service_contract_file_drop";

function mountUpload() {
    return mountView({
        type: "form",
        resModel: "upload",
        arch: `<form>
            <field name="filename" invisible="1"/>
            <field name="data" widget="service_contract_file_drop" filename="filename"/>
        </form>`,
    });
}

async function dispatch(type, names) {
    const dataTransfer = new DataTransfer();
    for (const name of names) {
        dataTransfer.items.add(new File(["a,b"], name, {type: "text/csv"}));
    }
    await manuallyDispatchProgrammaticEvent(queryOne(AREA), type, {dataTransfer});
    await animationFrame();
}

test("a file can be dropped on the area", async () => {
    await mountUpload();
    expect(AREA).toHaveText(/Drop a CSV or XLSX file here/);
    await dispatch("dragover", ["contracts.csv"]);
    expect(AREA).toHaveClass("border-primary");
    await dispatch("drop", ["contracts.csv"]);
    await waitFor(`${AREA}:contains(contracts.csv)`);
    expect(AREA).not.toHaveClass("border-primary");
    expect(`${AREA} button`).toHaveText("Choose another");
});

test("several files at once are refused in words", async () => {
    await mountUpload();
    await dispatch("drop", ["one.csv", "two.csv"]);
    await waitFor(".o_notification");
    expect(".o_notification").toHaveText(/one file at a time/);
    expect(AREA).toHaveText(/Drop a CSV or XLSX file here/);
});
