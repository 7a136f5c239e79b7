import {onWillDestroy} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

// The name of the channel and of its messages; the server checks who may listen.
export const CHANNEL = "service_contract.sla_board";

// One view may open before another has closed, and the browser has one channel.
let listeners = 0;

/**
 * Call back whenever tickets of the user's companies moved on the SLA board.
 *
 * @param {Function} callback gets the list of the tickets' ids
 */
export function useSlaChannel(callback) {
    const bus = useService("bus_service");
    const onMessage = ({ids}) => callback(ids);
    if (!listeners++) {
        bus.addChannel(CHANNEL);
    }
    bus.subscribe(CHANNEL, onMessage);
    onWillDestroy(() => {
        bus.unsubscribe(CHANNEL, onMessage);
        if (!--listeners) {
            bus.deleteChannel(CHANNEL);
        }
    });
}
