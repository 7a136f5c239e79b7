import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const COLORS = {
    plenty: "text-bg-success",
    nearly: "text-bg-warning",
    used_up: "text-bg-danger",
};

/**
 * A bar of what is used and what is reserved, with the balance and the level in words
 * beside it: the colour never says anything alone.
 *
 * The field is the text; the options name the fields of the percentages and of the
 * level. Without a share to show (unlimited coverage) only the words are shown.
 */
export class CoverageBarField extends Component {
    static template = "service_contract.CoverageBarField";
    static props = {
        ...standardFieldProps,
        levelField: {type: String, optional: true},
        noBadge: {type: Boolean, optional: true},
        percentField: {type: String},
        reservedField: {type: String, optional: true},
    };

    get percent() {
        return Math.round(this.props.record.data[this.props.percentField] || 0);
    }

    get reservedPercent() {
        const {data} = this.props.record;
        return Math.round((this.props.reservedField && data[this.props.reservedField]) || 0);
    }

    get width() {
        return Math.min(Math.max(this.percent, 0), 100);
    }

    get reservedWidth() {
        return Math.min(Math.max(this.reservedPercent, 0), 100 - this.width);
    }

    get text() {
        return this.props.record.data[this.props.name] || "";
    }

    get level() {
        const {data} = this.props.record;
        return this.props.levelField ? data[this.props.levelField] : this.ownLevel;
    }

    get ownLevel() {
        return this.percent + this.reservedPercent >= 100 ? "used_up" : "plenty";
    }

    get hasBar() {
        return this.level in COLORS;
    }

    get color() {
        return COLORS[this.level].replace("text-", "");
    }

    get badge() {
        if (this.props.noBadge || !["nearly", "used_up"].includes(this.level)) {
            return null;
        }
        return {
            className: COLORS[this.level],
            label: this.badgeLabel,
        };
    }

    get badgeLabel() {
        if (this.level === "nearly") {
            return _t("Nearly used up");
        }
        return this.reservedWidth ? _t("Nothing available") : _t("Used up");
    }
}

export const coverageBarField = {
    component: CoverageBarField,
    displayName: _t("Coverage Bar"),
    supportedOptions: [
        {label: _t("Percentage field"), name: "percent_field", type: "field"},
        {label: _t("Reserved percentage field"), name: "reserved_field", type: "field"},
        {label: _t("Level field"), name: "level_field", type: "field"},
        {label: _t("No word for the level"), name: "no_badge", type: "boolean"},
    ],
    supportedTypes: ["char"],
    fieldDependencies: ({options}) => {
        const dependencies = [{name: options.percent_field, type: "float"}];
        if (options.reserved_field) {
            dependencies.push({name: options.reserved_field, type: "float"});
        }
        if (options.level_field) {
            dependencies.push({name: options.level_field, type: "selection"});
        }
        return dependencies;
    },
    extractProps: ({options}) => ({
        levelField: options.level_field,
        noBadge: options.no_badge,
        percentField: options.percent_field,
        reservedField: options.reserved_field,
    }),
};

registry.category("fields").add("service_coverage_bar", coverageBarField);
