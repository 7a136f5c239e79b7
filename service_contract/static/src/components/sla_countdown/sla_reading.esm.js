import {_t} from "@web/core/l10n/translation";
import {localization} from "@web/core/l10n/localization";

const {DateTime} = luxon;

const HOUR = 3600;
const LIVE = ["running", "paused"];

/**
 * Read one target of `sla_panel` at an instant: pure, so that the countdown can be
 * tested without a screen.
 *
 * Open time left shrinks only inside the openings that the server sent; while a target
 * is paused or the house is closed it stands still.
 *
 * @param {Object} target one entry of `sla_panel`
 * @param {Number} now milliseconds since 1970 (whole seconds), by the server's clock
 * @returns {Object} state (running, closed, paused, breached, met, missed, void, replaced,
 *     merged), left (open seconds, below 0 since the breach), percent (highest
 *     threshold passed), opensAt (milliseconds, or null) and nextChange (seconds until
 *     what is shown changes, or null)
 */
export function readTarget(target, now) {
    const isLive = LIVE.includes(target.state);
    const resumesAt = parse(target.resumes_at);
    const isPaused = target.state === "paused" && !(resumesAt && resumesAt <= now);
    const reading = {
        left: target.remaining_open_s,
        nextChange: null,
        opensAt: null,
        percent: 0,
        state: {superseded: "replaced"}[target.state] || target.state,
    };
    if (!isLive) {
        return reading;
    }
    if (isPaused) {
        const ends = resumesAt && Math.min((resumesAt - now) / 1000, HOUR);
        return {...reading, nextChange: ends, state: "paused"};
    }
    const openings = getOpenings(target);
    const from = Math.max(parse(target.as_of) || now, resumesAt || 0);
    const left = reading.left - secondsInside(openings, from, now);
    const opening = openings.find(([start, end]) => start <= now && now < end);
    const upcoming = openings.find(([start]) => start > now);
    const opensAt = opening || !upcoming ? null : upcoming[0];
    const until = opening ? opening[1] : opensAt;
    const breachedAt = parse(target.breached_at);
    const isBreached = left < 0 || Boolean(breachedAt && breachedAt <= now);
    const running = opening ? "running" : "closed";
    return {
        left,
        nextChange:
            until &&
            Math.min((until - now) / 1000, opening ? secondsToNextText(left) : HOUR),
        opensAt,
        percent: Math.max(0, ...getPassed(target, now).map(([percent]) => percent)),
        state: isBreached ? "breached" : running,
    };
}

/** Return the thresholds `[percent, instant]` of a target that are passed. */
export function getPassed(target, now) {
    return (target.warnings || []).filter(([, instant]) => parse(instant) <= now);
}

/** Return milliseconds since 1970 of an ISO instant, or null. */
export function parse(instant) {
    return instant ? DateTime.fromISO(instant, {zone: "utc"}).toMillis() : null;
}

function getOpenings(target) {
    return (target.openings || []).map(([start, end]) => [parse(start), parse(end)]);
}

function secondsInside(openings, from, until) {
    let milliseconds = 0;
    for (const [start, end] of openings) {
        milliseconds += Math.max(0, Math.min(end, until) - Math.max(start, from));
    }
    return milliseconds / 1000;
}

// Seconds are shown in the last hour, else minutes; what is late is told in minutes.
function secondsToNextText(left) {
    if (left < -60) {
        return 60 - (-left % 60);
    }
    return left < HOUR ? 1 : (left % 60) + 1;
}

/**
 * Return a length of time in words.
 *
 * @param {Number} seconds not below 0
 * @param {Boolean} withSeconds show seconds below one hour
 * @returns {String}
 */
export function formatSpan(seconds, withSeconds = false) {
    const minutes = Math.floor(seconds / 60);
    const pad = (number) => String(number).padStart(2, "0");
    if (seconds >= HOUR) {
        const hours = Math.floor(minutes / 60);
        return _t("%(hours)s h %(minutes)s min", {hours, minutes: pad(minutes % 60)});
    }
    if (!minutes) {
        return _t("%(seconds)s s", {seconds});
    }
    return withSeconds
        ? _t("%(minutes)s min %(seconds)s s", {minutes, seconds: pad(seconds % 60)})
        : _t("%(minutes)s min", {minutes});
}

/**
 * Return a day and a time as people say it: the weekday alone within six days, the
 * date with it further away.
 *
 * @param {Number} instant milliseconds since 1970
 * @param {Number} now milliseconds since 1970
 * @param {String} [zone] the viewer's if none is given
 * @returns {String}
 */
export function formatInstant(instant, now, zone) {
    const at = DateTime.fromMillis(instant, {zone: zone || "default"});
    const today = DateTime.fromMillis(now, {zone: zone || "default"}).startOf("day");
    const days = Math.abs(at.startOf("day").diff(today, "days").days);
    const time = localization.timeFormat.replace(":ss", "");
    return at.toFormat(days < 6.5 ? `ccc ${time}` : `ccc d LLL ${time}`);
}

/** Return the instant in the site's zone where its clock differs from the viewer's. */
export function formatAtSite(instant, now, zone) {
    if (!zone || !instant) {
        return null;
    }
    const here = DateTime.fromMillis(instant);
    const there = here.setZone(zone);
    if (!there.isValid || there.offset === here.offset) {
        return null;
    }
    return _t("%(time)s in %(zone)s", {
        time: formatInstant(instant, now, zone),
        zone: zone.split("/").pop().replaceAll("_", " "),
    });
}
