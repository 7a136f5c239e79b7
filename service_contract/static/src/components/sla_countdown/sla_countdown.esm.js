import {Component, onWillDestroy, onWillUpdateProps, useState} from "@odoo/owl";
import {
    formatAtSite,
    formatInstant,
    formatSpan,
    getPassed,
    parse,
    readTarget,
} from "./sla_reading.esm";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";
import {useSlaChannel} from "../sla_board/sla_channel.esm";

const CHIPS = {
    running: {color: "text-bg-success", icon: "fa-clock-o"},
    warned: {color: "text-bg-warning", icon: "fa-hourglass-half"},
    closed: {color: "text-bg-info", icon: "fa-moon-o"},
    paused: {color: "text-bg-secondary", icon: "fa-pause"},
    breached: {color: "text-bg-danger", icon: "fa-exclamation-triangle"},
    missed: {color: "text-bg-danger", icon: "fa-exclamation-triangle"},
    met: {color: "text-bg-success", icon: "fa-check"},
    replaced: {color: "text-bg-light", icon: "fa-exchange"},
    merged: {color: "text-bg-light", icon: "fa-compress"},
    void: {color: "text-bg-light", icon: "fa-minus"},
};
const ENDED = ["met", "missed", "void", "replaced", "merged"];

// When each panel came from the server: it holds for that instant, and stays the same
// object while people switch between the pages of a form.
const receivedAt = new WeakMap();

/**
 * One line per target of a ticket: its state as a chip, when it is due, and a countdown
 * in open time that ticks, pauses in sight and is announced at thresholds only.
 *
 * With the option `compact`, only the target that is due first (board At risk).
 */
export class SlaCountdownField extends Component {
    static template = "service_contract.SlaCountdownField";
    static props = {
        ...standardFieldProps,
        isCompact: {type: Boolean, optional: true},
    };

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({announcement: "", now: 0});
        if (!this.props.isCompact) {
            // The board reloads its lines itself
            useSlaChannel((ids) => this.refresh(ids));
        }
        this.said = new Set();
        this.receive(this.props);
        onWillUpdateProps((props) => this.receive(props));
        onWillDestroy(() => browser.clearTimeout(this.timeout));
    }

    /** Take what the server sent; thresholds passed before that are no news. */
    receive(props) {
        this.targets = props.record.data[props.name] || [];
        if (!receivedAt.has(this.targets)) {
            receivedAt.set(this.targets, Date.now());
        }
        const asOf = this.targets.length ? parse(this.targets[0].as_of) : null;
        this.offset = asOf ? asOf - receivedAt.get(this.targets) : 0;
        this.state.now = this.getNow();
        this.getNews();
        this.schedule();
    }

    /** Read the ticket again when it moved, unless somebody is changing it. */
    async refresh(ids) {
        const {record} = this.props;
        const isShown = record === record.model.root && ids.includes(record.resId);
        if (isShown && !(await record.isDirty())) {
            await record.load();
        }
    }

    // === CLOCK === //

    /** The server's clock in whole seconds; timers may fire a millisecond early. */
    getNow() {
        return Math.round((Date.now() + this.offset) / 1000) * 1000;
    }

    /** Wake up when something that is shown changes: once a second, or less. */
    schedule() {
        browser.clearTimeout(this.timeout);
        const {now} = this.state;
        const delays = this.targets
            .map((target) => readTarget(target, now).nextChange)
            .filter((seconds) => seconds !== null);
        if (delays.length) {
            const whole = Math.max(1, Math.min(...delays)) * 1000;
            this.timeout = browser.setTimeout(() => this.tick(), whole);
        }
    }

    tick() {
        this.state.now = this.getNow();
        const news = this.getNews();
        if (news.length) {
            this.state.announcement = news.join(" ");
        }
        this.schedule();
    }

    /** Return the sentences about thresholds passed since the last call. */
    getNews() {
        const {now} = this.state;
        const news = [];
        for (const target of this.targets) {
            const reading = readTarget(target, now);
            if (!["running", "closed", "breached"].includes(reading.state)) {
                continue;
            }
            const passed = getPassed(target, now);
            if (reading.state === "breached") {
                passed.push([100, target.due_at || target.breached_at]);
            }
            const fresh = passed.filter(
                ([percent, instant]) =>
                    !this.said.has(`${target.id} ${percent} ${instant}`)
            );
            fresh.forEach(([percent, instant]) =>
                this.said.add(`${target.id} ${percent} ${instant}`)
            );
            if (fresh.length) {
                const percent = Math.max(...fresh.map(([number]) => number));
                news.push(this.getSentence(target, reading, percent));
            }
        }
        return news;
    }

    getSentence(target, reading, percent) {
        if (percent >= 100) {
            return _t("%(target)s: the target is missed.", {target: target.label});
        }
        return _t("%(target)s: %(share)s of the time is used, %(left)s left.", {
            left: formatSpan(Math.max(0, reading.left)),
            share: `${percent} %`,
            target: target.label,
        });
    }

    // === WHAT IS SHOWN === //

    get rows() {
        const rows = this.targets.map((target) => this.getRow(target));
        if (!this.props.isCompact) {
            return rows;
        }
        const live = rows.filter((row) => !ENDED.includes(row.state));
        live.sort((one, other) => (one.dueAt || Infinity) - (other.dueAt || Infinity));
        const isUntold = live.some((row) => row.isUntold);
        return live.slice(0, 1).map((row) => ({...row, isUntold}));
    }

    getRow(target) {
        const {now} = this.state;
        const reading = readTarget(target, now);
        const dueAt = parse(target.due_at) || parse(target.breached_at);
        return {
            chip: this.getChip(reading),
            countdown: this.getCountdown(reading),
            due: this.getDue(reading, dueAt),
            dueAt,
            id: target.id,
            isUntold: Boolean(target.untold),
            label: target.label,
            notes: this.getNotes(target, reading, dueAt),
            state: reading.state,
            terms: this.getTerms(target),
        };
    }

    /** A target keeps the version of the policy that it started with. */
    getTerms({policy, version}) {
        if (this.props.isCompact || !policy) {
            return null;
        }
        return _t("%(policy)s, version %(version)s", {policy, version});
    }

    getChip({percent, state}) {
        if (state === "running" && percent) {
            const share = `${percent} %`;
            return {...CHIPS.warned, word: _t("%(share)s used", {share})};
        }
        const words = {
            breached: _t("Missed"),
            closed: _t("Closed now"),
            merged: _t("Merged"),
            met: _t("Met"),
            missed: _t("Missed"),
            paused: _t("Paused"),
            replaced: _t("Replaced"),
            running: _t("On track"),
            void: _t("No verdict"),
        };
        return {...CHIPS[state], word: words[state]};
    }

    getDue({state}, dueAt) {
        if (!dueAt || ENDED.includes(state)) {
            return null;
        }
        const when = formatInstant(dueAt, this.state.now);
        return state === "breached"
            ? _t("was due %(when)s,", {when})
            : _t("due %(when)s,", {when});
    }

    getCountdown({left, state}) {
        if (["void", "replaced", "merged"].includes(state) || typeof left !== "number") {
            return null;
        }
        const span = formatSpan(Math.abs(left), state === "running");
        if (state === "met") {
            return _t("with %(span)s of open time to spare", {span});
        }
        if (state === "missed" || state === "breached") {
            return _t("missed by %(span)s", {span});
        }
        if (this.props.isCompact) {
            return _t("%(span)s left", {span});
        }
        return _t("%(span)s of open time left", {span});
    }

    /** Return what else is worth knowing: why it stands still, since when, until when. */
    getNotes(target, reading, dueAt) {
        const {now} = this.state;
        const notes = [];
        if (reading.state === "missed" && dueAt) {
            const when = formatInstant(dueAt, now);
            notes.push(_t("was due %(when)s", {when}));
        }
        if (reading.state === "paused") {
            notes.push(this.getPauseNote(target));
            if (target.resumes_at) {
                const when = formatInstant(parse(target.resumes_at), now);
                notes.push(_t("goes on by itself %(when)s", {when}));
            }
        }
        if (reading.opensAt) {
            const when = formatInstant(reading.opensAt, now);
            notes.push(_t("opens %(when)s", {when}));
        }
        const atSite = ENDED.includes(reading.state)
            ? null
            : formatAtSite(dueAt, now, target.tz);
        if (atSite) {
            notes.push(atSite);
        }
        return this.props.isCompact ? notes.slice(0, 1) : notes;
    }

    getPauseNote(target) {
        const since = parse(target.paused_since);
        const values = {
            reason: target.pause_reason || _t("no reason given"),
            when: since ? formatInstant(since, this.state.now) : "",
        };
        return since ? _t("%(reason)s, since %(when)s", values) : values.reason;
    }

    async explain(id) {
        const action = await this.orm.call("service.sla.timer", "action_explain", [[id]]);
        await this.action.doAction(action);
    }
}

export const slaCountdownField = {
    component: SlaCountdownField,
    displayName: _t("SLA Countdown"),
    supportedOptions: [
        {label: _t("Only the target that is due first"), name: "compact", type: "boolean"},
    ],
    supportedTypes: ["json"],
    extractProps: ({options}) => ({isCompact: Boolean(options.compact)}),
};

registry.category("fields").add("service_sla_countdown", slaCountdownField);
