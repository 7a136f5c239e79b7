import {BinaryField, binaryField} from "@web/views/fields/binary/binary_field";
import {_t} from "@web/core/l10n/translation";
import {checkFileSize} from "@web/core/utils/files";
import {getDataURLFromFile} from "@web/core/utils/urls";
import {registry} from "@web/core/registry";
import {useState} from "@odoo/owl";

/** A file field with an area to drop the file on. */
export class FileDropField extends BinaryField {
    static template = "service_contract.FileDropField";

    setup() {
        super.setup();
        this.state = useState({isDragging: false});
    }

    async onDrop(ev) {
        this.state.isDragging = false;
        const [file, ...others] = ev.dataTransfer.files;
        if (!file) {
            return;
        }
        if (others.length) {
            this.notification.add(_t("Drop one file at a time."), {type: "warning"});
            return;
        }
        if (!checkFileSize(file.size, this.notification)) {
            return;
        }
        const url = await getDataURLFromFile(file);
        await this.update({data: url.split(",")[1], name: file.name});
    }
}

export const fileDropField = {...binaryField, component: FileDropField};

registry.category("fields").add("service_contract_file_drop", fileDropField);
