import { fieldNames } from "../shared/fields";
import type { Plugin } from "../types";

/** Forms that are submitted: which, and the names of their fields. Never a value. */
const forms: Plugin = function (tracker) {
  tracker.on_(document, "submit", function (event) {
    const form = event.target as Element;
    tracker.emit_("form_submit", {
      // Left out where there is none: a null would take the place of the site's own "name" in the records.
      id: form.getAttribute("id") || undefined,
      name: form.getAttribute("name") || undefined,
      // Without its query, which may hold values.
      action: (form.getAttribute("action") || "").split("?")[0],
      fields: fieldNames(form),
    });
  });
};

export { forms as default };
