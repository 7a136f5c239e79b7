import {onMounted, onWillDestroy} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";
import {useDebounced} from "@web/core/utils/timing";
import {useSlaChannel} from "./sla_channel.esm";

const RELOAD_DELAY = 300;
const SECOND = 1000;
const HOUR = 3600 * SECOND;
// A reload would take away what somebody is typing or has ticked: it waits that long.
const BUSY_DELAY = 2 * SECOND;
// Records in folded groups are not known here; they are looked after this often.
const MAX_DELAY = 5 * 60 * SECOND;

/**
 * Return how long what is shown stays right: until the first of the tickets moves into
 * the next band (4 hours, 1 hour, missed), or the day ends.
 *
 * @param {luxon.DateTime[]} dues when the tickets are due
 * @param {Number} now milliseconds since 1970
 * @returns {Number} milliseconds, at least one second
 */
export function getNextMove(dues, now) {
    const midnight = luxon.DateTime.fromMillis(now).plus({days: 1}).startOf("day");
    const moves = [midnight.toMillis(), now + MAX_DELAY];
    for (const due of dues) {
        const instant = due.toMillis();
        moves.push(instant, instant - HOUR, instant - 4 * HOUR);
    }
    // One second more: the server's clock may be a little behind
    return Math.min(...moves.filter((move) => move > now)) - now + SECOND;
}

const liveBoard = (Controller) =>
    class extends Controller {
        setup() {
            super.setup();
            useSlaChannel(useDebounced(() => this.reloadBoard(), RELOAD_DELAY));
            this.isStale = false;
            const schedule = () => this.scheduleMove();
            this.model.bus.addEventListener("update", schedule);
            onMounted(schedule);
            onWillDestroy(() => {
                this.model.bus.removeEventListener("update", schedule);
                browser.clearTimeout(this.moveTimeout);
            });
        }

        get isBusy() {
            const {root} = this.model;
            return Boolean(
                root.editedRecord ||
                    root.selection?.length ||
                    document.querySelector(".o_dragged, .o-overlay-container .modal")
            );
        }

        scheduleMove() {
            browser.clearTimeout(this.moveTimeout);
            this.moveTimeout = browser.setTimeout(
                () => this.reloadBoard(),
                this.isStale ? BUSY_DELAY : getNextMove(this.getDues(), Date.now())
            );
        }

        getDues() {
            return this.model.root.records
                .map((record) => record.data.sla_due_at)
                .filter(Boolean);
        }

        /** Load the board anew, and leave the keyboard where it was. */
        async reloadBoard() {
            this.isStale = this.isBusy;
            if (this.isStale) {
                this.scheduleMove();
                return;
            }
            const focused = this.getFocusedTicket();
            await this.model.load();
            this.scheduleMove();
            if (focused) {
                browser.setTimeout(() => this.focusTicket(focused));
            }
        }

        getFocusedTicket() {
            const row = document.activeElement?.closest("[data-id]");
            const record = this.model.root.records.find(({id}) => id === row?.dataset.id);
            return record?.resId;
        }

        focusTicket(resId) {
            const record = this.model.root.records.find((found) => found.resId === resId);
            const row = document.querySelector(`[data-id="${record?.id}"]`);
            const cell = row?.matches("tr") ? row.querySelector(".o_data_cell") : row;
            cell?.focus();
        }
    };

/** From the search box, one key leads to the ticket that is due first. */
class BoardListRenderer extends ListRenderer {
    setup() {
        super.setup();
        if (this.env.searchModel) {
            useBus(this.env.searchModel, "focus-view", () => {
                const row = this.tableRef.el.querySelector(".o_data_row");
                const cell = row?.querySelector("input") || row?.querySelector("td");
                if (cell) {
                    this.focus(cell);
                }
            });
        }
    }
}

registry.category("views").add("service_sla_board_list", {
    ...listView,
    Renderer: BoardListRenderer,
    Controller: liveBoard(listView.Controller),
});

registry.category("views").add("service_sla_board_kanban", {
    ...kanbanView,
    Controller: liveBoard(kanbanView.Controller),
});
