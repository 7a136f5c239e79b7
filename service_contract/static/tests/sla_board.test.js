import {
    contains,
    defineModels,
    fields,
    MockServer,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {advanceTime, animationFrame, mockDate, mockTimeZone} from "@odoo/hoot-mock";
import {beforeEach, expect, test} from "@odoo/hoot";
import {waitForChannels, waitNotifications} from "@bus/../tests/bus_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {getNextMove} from "@service_contract/components/sla_board/sla_board.esm";
import {CHANNEL} from "@service_contract/components/sla_board/sla_channel.esm";

const {DateTime} = luxon;
const HOUR = 3600 * 1000;

class BoardTicket extends models.Model {
    _name = "board.ticket";

    name = fields.Char();
    sla_due_at = fields.Datetime();

    _records = [
        {id: 1, name: "Oven", sla_due_at: "2025-01-14 10:30:00"},
        {id: 2, name: "Fridge", sla_due_at: "2025-01-14 17:58:00"},
    ];
}

defineMailModels();
defineModels([BoardTicket]);

let loads = 0;

beforeEach(() => {
    loads = 0;
    mockTimeZone("Europe/Rome");
    mockDate("2025-01-14 09:00:00", "Europe/Rome");
    onRpc("board.ticket", "web_search_read", () => {
        loads += 1;
    });
});

function mountBoard() {
    return mountView({
        type: "list",
        resModel: "board.ticket",
        arch: `<list js_class="service_sla_board_list" multi_edit="1">
            <field name="name"/>
            <field name="sla_due_at"/>
        </list>`,
    });
}

async function move(ids) {
    MockServer.env["bus.bus"]._sendone("broadcast", CHANNEL, {ids});
    await waitNotifications([CHANNEL, {ids}]);
    await advanceTime(500);
    await animationFrame();
}

test("the board wakes up when the next ticket changes its band", () => {
    const now = DateTime.fromISO("2025-01-14T09:00:00Z");
    const wait = (...dues) =>
        getNextMove(
            dues.map((due) => DateTime.fromISO(due)),
            now.toMillis()
        ) - 1000;
    expect(wait("2025-01-14T09:02:00Z")).toBe(2 * 60 * 1000);
    expect(wait("2025-01-14T10:01:00Z")).toBe(60 * 1000);
    expect(wait("2025-01-14T13:03:00Z")).toBe(3 * 60 * 1000);
    expect(wait("2025-01-14T12:00:00Z")).toBe(5 * 60 * 1000);
    expect(wait()).toBe(5 * 60 * 1000);
});

test("the board wakes up at midnight of the viewer", () => {
    const now = DateTime.fromISO("2025-01-14T22:58:00Z").toMillis();
    expect(getNextMove([], now) - 1000).toBe(2 * 60 * 1000);
});

test("a message from the server loads the board", async () => {
    await mountBoard();
    await waitForChannels([CHANNEL]);
    const before = loads;
    await move([1]);
    expect(loads).toBe(before + 1);
});

test("time alone moves a ticket", async () => {
    mockDate("2025-01-14 10:28:00", "Europe/Rome");
    await mountBoard();
    await advanceTime(60 * 1000);
    expect(loads).toBe(1);
    await advanceTime(62 * 1000);
    await animationFrame();
    expect(loads).toBe(2);
});

test("a board in use waits: what is ticked is not lost", async () => {
    await mountBoard();
    await contains(".o_data_row:first .o_list_record_selector input").click();
    await advanceTime(HOUR);
    expect(loads).toBe(1);
    expect(".o_data_row_selected").toHaveCount(1);
    await contains(".o_data_row:first .o_list_record_selector input").click();
    await advanceTime(2500);
    await animationFrame();
    expect(loads).toBe(2);
});

test("a closed board listens and wakes no more", async () => {
    const view = await mountBoard();
    await waitForChannels([CHANNEL]);
    view.__owl__.app.destroy();
    await waitForChannels([CHANNEL], {operation: "delete"});
    const before = loads;
    await advanceTime(HOUR);
    expect(loads).toBe(before);
});
