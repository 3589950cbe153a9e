// One form at a time, in a dialog. What was typed stays until it has been kept.

import { freshId, h } from "./dom.js";

const RADIOS = 7; // more options than this become a drop-down list

const dialog = document.getElementById("form");

/**
 * Show a form. `send(values)` resolves to the errors by field ({} once it is done) or throws an
 * Error with a sentence; `leave(values)` is called when the form is closed unsent; `done()` after
 * either, to put the focus back.
 */
export function openForm(form, { send, leave, done }) {
  const fields = form.fields.map((field) => renderField({ ...field, read_only: form.read_only }));
  const alert = h("p", { class: "alert", role: "alert" });
  const submit = h("button", { class: "primary", type: "submit" }, form.submit);
  const cancel = form.read_only ? null : h("button", { type: "button", onclick: close }, "Cancel");
  let sent = false;

  async function onSubmit(event) {
    event.preventDefault();
    if (submit.disabled) return;
    if (form.read_only) {
      close();
      return;
    }
    submit.disabled = true;
    submit.textContent = "Sending";
    alert.textContent = "";
    try {
      const errors = await send(values());
      if (Object.keys(errors).length === 0) {
        sent = true;
        dialog.close();
        return;
      }
      showErrors(errors);
    } catch (error) {
      alert.textContent = error.message;
    } finally {
      submit.disabled = false;
      submit.textContent = form.submit;
    }
  }

  function showErrors(errors) {
    for (const field of fields) field.complain(errors[field.id] || "");
    const known = fields.filter((field) => errors[field.id]);
    const others = Object.keys(errors).filter((id) => !fields.some((field) => field.id === id));
    alert.textContent = others.length
      ? others.map((id) => errors[id]).join(" ")
      : `Please look at ${known.length === 1 ? "one field" : `${known.length} fields`} again.`;
    known[0]?.focus();
  }

  function values() {
    return Object.fromEntries(fields.map((field) => [field.id, field.values()]));
  }

  function close() {
    dialog.close();
  }

  dialog.replaceChildren(
    h(
      "form",
      { novalidate: true, onsubmit: onSubmit },
      h("header", {}, h("h2", { id: "form-title" }, form.title)),
      h("div", { class: "fields" }, form.intro ? h("p", { class: "intro" }, form.intro) : null, alert, ...fields.map((field) => field.element)),
      h("footer", {}, cancel, submit),
    ),
  );
  dialog.onclose = () => {
    if (!sent && form.keeps_draft) leave(values());
    dialog.replaceChildren();
    done();
  };
  dialog.showModal();
  fields[0]?.focus();
  for (const box of dialog.querySelectorAll("textarea")) box.scrollTop = 0; // a long text is read from the top
}

function renderField(field) {
  return field.type === "text" ? textField(field) : choiceField(field);
}

function textField(field) {
  const id = freshId("field");
  const input = h(field.multiline ? "textarea" : "input", {
    id,
    rows: field.multiline ? Math.min(12, Math.max(4, field.value.split("\n").length)) : null,
    maxlength: field.max_length,
    autocomplete: "off",
    "aria-required": field.required && !field.read_only ? "true" : null,
    readonly: field.read_only,
  });
  input.value = field.value;
  return labelled(field, h("label", { for: id }, ...label(field)), [input], input, "div", () => [input.value]);
}

function choiceField(field) {
  if (field.most === 1 && field.options.length > RADIOS) return selectField(field);
  const kind = field.most === 1 ? "radio" : "checkbox";
  const name = freshId("choice");
  const inputs = field.options.map(([value]) => {
    const input = h("input", { type: kind, name, value, onchange: limit });
    input.checked = field.value.includes(value);
    return input;
  });
  const rows = field.options.map(([, text], index) => h("label", { class: "option" }, inputs[index], h("span", {}, text)));
  const hint = field.most > 1 && field.most < field.options.length ? `Choose up to ${field.most}.` : "";

  function chosen() {
    return inputs.filter((input) => input.checked).map((input) => input.value);
  }
  function limit() {
    if (kind === "radio") return;
    const full = chosen().length >= field.most;
    for (const input of inputs) input.disabled = full && !input.checked;
  }
  limit();
  // A question that may stay open can be taken back, which a radio button alone cannot do.
  const clear =
    kind === "radio" && !field.required
      ? h("button", { type: "button", class: "link", onclick: () => inputs.forEach((input) => (input.checked = false)) }, "Clear the choice")
      : null;
  const first = inputs.find((input) => input.checked) || inputs[0];
  return labelled({ ...field, hint: [field.hint, hint].filter(Boolean).join(" ") }, h("legend", {}, ...label(field)), [...rows, clear], first, "fieldset", chosen);
}

function selectField(field) {
  const id = freshId("field");
  const options = field.options.map(([value, text]) => h("option", { value }, text));
  const select = h("select", { id }, h("option", { value: "" }, field.required ? "Choose one" : "None"), ...options);
  select.value = field.value[0] ?? "";
  return labelled(field, h("label", { for: id }, ...label(field)), [select], select, "div", () => (select.value ? [select.value] : []));
}

function label(field) {
  return field.required ? [field.label] : [field.label, h("span", { class: "quiet" }, " (optional)")];
}

/** A field with its label, hint and a place for its error. */
function labelled(field, name, controls, focused, tag, values) {
  const hint = freshId("hint");
  const problem = h("p", { class: "problem", id: freshId("problem") });
  const element = h(tag, { class: "field" }, name, field.hint ? h("p", { class: "quiet", id: hint }, field.hint) : null, ...controls, problem);
  const described = tag === "fieldset" ? element : focused;
  const describe = (...ids) => described.setAttribute("aria-describedby", ids.join(" "));
  if (field.hint) describe(hint);
  return {
    id: field.id,
    element,
    values,
    focus: () => focused.focus(),
    complain(text) {
      problem.textContent = text ? `Please check: ${text}` : "";
      element.classList.toggle("wrong", Boolean(text));
      if (text) focused.setAttribute("aria-invalid", "true");
      else focused.removeAttribute("aria-invalid");
      describe(...(text ? [problem.id] : []), ...(field.hint ? [hint] : []));
    },
  };
}
