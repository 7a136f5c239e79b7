import {
    contains,
    defineModels,
    fields,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {advanceTime, animationFrame, mockDate, mockTimeZone} from "@odoo/hoot-mock";
import {beforeEach, expect, test} from "@odoo/hoot";
import {freezeTime, queryAllTexts, queryOne, queryText} from "@odoo/hoot-dom";
import {SlaCountdownField} from "@service_contract/components/sla_countdown/sla_countdown.esm";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

class SlaTicket extends models.Model {
    _name = "sla.ticket";

    name = fields.Char();
    panel = fields.Json();

    _records = [];
}

defineMailModels();
defineModels([SlaTicket]);

const ROW = ".o_service_contract_sla_row";
const TIMER = `${ROW} [role=timer]`;
const MINUTE = 60 * 1000;
const HOUR = 60 * MINUTE;

// Tuesday 14 January 2025, 10:00 in Rome (the date is given in UTC). Only the tests move
// the clock: on a busy machine a real second passes between two of their lines.
beforeEach(() => {
    freezeTime();
    mockTimeZone("Europe/Rome");
    mockDate("2025-01-14 09:00:00", "Europe/Rome");
});

/** A target of four open hours on a day from 08:30 to 18:00, 2 h 10 min left. */
function makeTarget(values = {}) {
    return {
        id: 7,
        metric: "restore",
        label: "Restore",
        state: "running",
        due_at: "2025-01-14T11:10:00Z",
        breached_at: null,
        target_s: 4 * 3600,
        counted_s: 6600,
        remaining_open_s: 7800,
        paused_since: null,
        pause_reason: null,
        resumes_at: null,
        warnings: [],
        tz: "Europe/Rome",
        policy: "Gold",
        version: 1,
        open_now: true,
        next_open: null,
        as_of: "2025-01-14T09:00:00Z",
        openings: [
            ["2025-01-14T09:00:00Z", "2025-01-14T17:00:00Z"],
            ["2025-01-15T07:30:00Z", "2025-01-15T17:00:00Z"],
        ],
        ...values,
    };
}

async function mountPanel(targets, options = "{}") {
    SlaTicket._records = [{id: 1, name: "Oven", panel: targets}];
    return mountView({
        type: "form",
        resModel: "sla.ticket",
        resId: 1,
        arch: `<form>
            <field name="name"/>
            <field name="panel" widget="service_sla_countdown" options="${options}"/>
        </form>`,
    });
}

function watchTicks() {
    patchWithCleanup(SlaCountdownField.prototype, {
        tick() {
            expect.step("tick");
            super.tick();
        },
    });
}

async function pass(milliseconds) {
    await advanceTime(milliseconds);
    await animationFrame();
}

test("a running target says when it is due and how much open time is left", async () => {
    await mountPanel([makeTarget()]);
    expect(`${ROW} .o_service_contract_sla_label`).toHaveText(/^Restore/);
    expect(`${ROW} .o_service_contract_sla_terms`).toHaveText("Gold, version 1");
    expect(`${ROW} .badge`).toHaveText("On track");
    expect(`${ROW} .badge i.fa-clock-o`).toHaveCount(1);
    expect(`${ROW} .o_service_contract_sla_text`).toHaveText(
        "due Tue 12:10, 2 h 10 min of open time left"
    );
    expect(TIMER).toHaveAttribute("aria-label", "Restore: 2 h 10 min of open time left");
});

test("above an hour the countdown changes by the minute", async () => {
    await mountPanel([makeTarget()]);
    await pass(1000);
    expect(TIMER).toHaveText("2 h 09 min of open time left");
    await pass(30 * 1000);
    expect(TIMER).toHaveText("2 h 09 min of open time left");
    await pass(30 * 1000);
    expect(TIMER).toHaveText("2 h 08 min of open time left");
});

test("in the last hour the countdown changes by the second", async () => {
    await mountPanel([makeTarget({remaining_open_s: 600})]);
    expect(TIMER).toHaveText("10 min 00 s of open time left");
    await pass(1000);
    expect(TIMER).toHaveText("9 min 59 s of open time left");
    await pass(1000);
    expect(TIMER).toHaveText("9 min 58 s of open time left");
});

test("the countdown goes from minutes to seconds by itself", async () => {
    await mountPanel([makeTarget({remaining_open_s: 3601})]);
    expect(TIMER).toHaveText("1 h 00 min of open time left");
    await pass(2000);
    expect(TIMER).toHaveText("59 min 59 s of open time left");
    await pass(1000);
    expect(TIMER).toHaveText("59 min 58 s of open time left");
});

test("a paused target stands still, and says why, since when, until when", async () => {
    await mountPanel([
        makeTarget({
            state: "paused",
            due_at: null,
            paused_since: "2025-01-14T08:30:00Z",
            pause_reason: "Waiting for the customer",
            resumes_at: "2025-01-16T08:30:00Z",
        }),
    ]);
    expect(`${ROW} .badge`).toHaveText("Paused");
    expect(`${ROW} .badge i.fa-pause`).toHaveCount(1);
    expect(TIMER).toHaveText("2 h 10 min of open time left");
    expect(queryAllTexts(`${ROW} .o_service_contract_sla_note`)).toEqual([
        "Waiting for the customer, since Tue 09:30",
        "goes on by itself Thu 09:30",
    ]);
    await pass(3 * HOUR);
    expect(TIMER).toHaveText("2 h 10 min of open time left");
});

test("a pause with an end goes on by itself", async () => {
    await mountPanel([
        makeTarget({
            state: "paused",
            due_at: "2025-01-14T11:40:00Z",
            paused_since: "2025-01-14T08:30:00Z",
            resumes_at: "2025-01-14T09:30:00Z",
        }),
    ]);
    await pass(30 * MINUTE);
    expect(`${ROW} .badge`).toHaveText("On track");
    expect(TIMER).toHaveText("2 h 10 min of open time left");
    await pass(10 * MINUTE);
    expect(TIMER).toHaveText("2 h 00 min of open time left");
});

test("outside open hours the countdown stands still and says when it goes on", async () => {
    mockDate("2025-01-14 16:50:00", "Europe/Rome");
    await mountPanel([
        makeTarget({
            as_of: "2025-01-14T16:50:00Z",
            due_at: "2025-01-15T08:30:00Z",
            remaining_open_s: 4200,
        }),
    ]);
    await pass(10 * MINUTE);
    expect(`${ROW} .badge`).toHaveText("Closed now");
    expect(`${ROW} .badge i.fa-moon-o`).toHaveCount(1);
    expect(`${ROW} .o_service_contract_sla_text`).toHaveText(
        "due Wed 09:30, 1 h 00 min of open time left · opens Wed 08:30",
        {inline: true}
    );
    await pass(10 * HOUR);
    expect(TIMER).toHaveText("1 h 00 min of open time left");
    await pass(4.5 * HOUR);
    await pass(MINUTE);
    expect(`${ROW} .badge`).toHaveText("On track");
    expect(TIMER).toHaveText("59 min 00 s of open time left");
});

test("a target missed while the page is open says so and counts on", async () => {
    await mountPanel([
        makeTarget({due_at: "2025-01-14T09:00:10Z", remaining_open_s: 10}),
    ]);
    await pass(10 * 1000);
    expect(`${ROW} .badge`).toHaveText("On track");
    expect(TIMER).toHaveText("0 s of open time left");
    await pass(1000);
    expect(`${ROW} .badge`).toHaveText("Missed");
    expect(`${ROW} .badge i.fa-exclamation-triangle`).toHaveCount(1);
    expect(`${ROW} .o_service_contract_sla_text`).toHaveText(
        "was due Tue 10:00, missed by 1 s"
    );
});

test("a late target says by how much in open time", async () => {
    await mountPanel([
        makeTarget({
            breached_at: "2025-01-14T08:25:00Z",
            due_at: "2025-01-14T08:25:00Z",
            remaining_open_s: -35 * 60,
        }),
    ]);
    expect(`${ROW} .o_service_contract_sla_text`).toHaveText(
        "was due Tue 09:25, missed by 35 min"
    );
    await pass(MINUTE);
    expect(TIMER).toHaveText("missed by 36 min");
});

test("what has ended does not tick", async () => {
    watchTicks();
    await mountPanel([
        makeTarget({id: 1, state: "met", remaining_open_s: 1200}),
        makeTarget({id: 2, state: "missed", remaining_open_s: -2100}),
        makeTarget({id: 3, state: "superseded"}),
        makeTarget({id: 4, state: "merged"}),
    ]);
    expect(queryAllTexts(`${ROW} .badge`)).toEqual([
        "Met",
        "Missed",
        "Replaced",
        "Merged",
    ]);
    expect(queryAllTexts(TIMER)).toEqual([
        "with 20 min of open time to spare",
        "missed by 35 min",
    ]);
    await pass(HOUR);
    expect.verifySteps([]);
});

test("each threshold is announced once, and nothing else is", async () => {
    await mountPanel([
        makeTarget({
            remaining_open_s: 3660,
            warnings: [
                [50, "2025-01-14T08:40:00Z"],
                [75, "2025-01-14T09:01:00Z"],
                [90, "2025-01-14T09:37:00Z"],
            ],
        }),
    ]);
    const spoken = () => queryText("[role=status].visually-hidden", {raw: true}).trim();
    expect(spoken()).toBe("");
    expect(`${ROW} .badge`).toHaveText("50 % used");
    await pass(MINUTE + 1000);
    expect(spoken()).toBe("Restore: 75 % of the time is used, 59 min left.");
    expect(`${ROW} .badge`).toHaveText("75 % used");
    const region = queryOne("[role=status].visually-hidden");
    let changes = 0;
    const observer = new MutationObserver((records) => (changes += records.length));
    observer.observe(region, {childList: true, characterData: true, subtree: true});
    await pass(10 * MINUTE);
    expect(changes).toBe(0);
    await pass(26 * MINUTE);
    expect(spoken()).toBe("Restore: 90 % of the time is used, 24 min left.");
    await pass(HOUR);
    expect(spoken()).toBe("Restore: the target is missed.");
    observer.disconnect();
});

test("the server's clock counts, not the PC's", async () => {
    mockDate("2025-01-14 09:20:00", "Europe/Rome");
    await mountPanel([makeTarget()]);
    expect(TIMER).toHaveText("2 h 10 min of open time left");
});

test("a site in another zone has its own time beside it", async () => {
    await mountPanel([makeTarget({tz: "Europe/London"})]);
    expect(`${ROW} .o_service_contract_sla_note`).toHaveText("Tue 11:10 in London");
});

test("what is further away has its date", async () => {
    await mountPanel([makeTarget({due_at: "2025-01-24T09:00:00Z"})]);
    expect(`${ROW} .o_service_contract_sla_text`).toHaveText(/^due Fri 24 Jan 10:00,/);
});

test("closing the page stops the clock", async () => {
    watchTicks();
    const view = await mountPanel([makeTarget({remaining_open_s: 600})]);
    await pass(1000);
    expect.verifySteps(["tick"]);
    view.__owl__.app.destroy();
    await advanceTime(MINUTE);
    expect.verifySteps([]);
});

test("the short form shows what is due first", async () => {
    await mountPanel(
        [
            makeTarget({id: 1, label: "First response", state: "met"}),
            makeTarget({id: 2, label: "Resolve", due_at: "2025-01-15T09:00:00Z"}),
            makeTarget({id: 3}),
        ],
        "{'compact': true}"
    );
    expect(ROW).toHaveCount(1);
    expect(`${ROW} .o_service_contract_sla_label`).toHaveText("Restore");
    expect(TIMER).toHaveText("2 h 10 min left");
    expect(".o_service_contract_sla_explain").toHaveCount(0);
});

test("an alarm that found nobody is marked, also in the short form", async () => {
    const targets = [
        makeTarget({id: 1, untold: false}),
        makeTarget({id: 2, due_at: "2025-01-15T09:00:00Z", untold: true}),
    ];
    await mountPanel(targets);
    expect(`${ROW}:first`).not.toHaveText(/Nobody told/);
    expect(`${ROW}:last`).toHaveText(/Nobody told/);
});

test("the short form marks what is due later too", async () => {
    await mountPanel(
        [
            makeTarget({id: 1, untold: false}),
            makeTarget({id: 2, due_at: "2025-01-15T09:00:00Z", untold: true}),
        ],
        "{'compact': true}"
    );
    expect(ROW).toHaveCount(1);
    expect(ROW).toHaveText(/Nobody told/);
});

test("how it was counted is one click away", async () => {
    onRpc("service.sla.timer", "action_explain", ({args}) => {
        expect.step(`explain ${args[0]}`);
        return {type: "ir.actions.act_window", name: "How was this counted?"};
    });
    mockService("action", {
        doAction(action) {
            expect.step(action.name);
        },
    });
    await mountPanel([makeTarget()]);
    await contains(".o_service_contract_sla_explain").click();
    expect.verifySteps(["explain 7", "How was this counted?"]);
});
