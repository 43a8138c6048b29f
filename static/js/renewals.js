// Edit in place: what the server refuses stands under the field, and what was typed stays. Acting on many opens a dialog.
for (const choice of document.querySelectorAll("select.inline-field")) choice.defaultValue = choice.value;

const ours = ({ detail }) => (detail.elt.matches?.("form[data-inline][hx-post]") ? detail.elt : null);
const fieldsOf = (form) => [...form.elements].filter((each) => each.classList.contains("inline-field"));

document.addEventListener("htmx:beforeRequest", (event) => ours(event)?.classList.add("is-saving"));

document.addEventListener("htmx:afterRequest", (event) => {
  const form = ours(event);
  if (!form) return;
  form.classList.remove("is-saving");
  const { successful, xhr } = event.detail;
  const kept = (each) => { each.defaultValue = each.dataset.saved = each.value; };
  const undone = (each) => { delete each.dataset.saved; if (each.matches("select")) each.dataset.saved = each.defaultValue; };
  for (const each of fieldsOf(form)) (successful ? kept : undone)(each);
  tell(form, successful ? "" : sentence(xhr));
});

function sentence(xhr) {
  const plain = xhr.status >= 400 && (xhr.getResponseHeader("content-type") ?? "").startsWith("text/plain");
  return plain ? xhr.responseText : document.getElementById("toasts")?.dataset.failed ?? "Not saved";
}

function tell(form, words) {
  const note = form.querySelector(".inline-note") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "inline-note", role: "alert" }));
  note.textContent = words;
  const field = form.querySelector(".inline-field");
  if (words) field?.setAttribute("aria-invalid", "true");
  else for (const each of fieldsOf(form)) each.removeAttribute("aria-invalid");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-act]");
  const dialog = document.getElementById("act");
  if (!button || !dialog || !window.htmx) return;
  event.preventDefault();
  const values = { act: button.value, next: button.form.elements.next.value, pick: new FormData(button.form).getAll("pick") };
  await window.htmx.ajax("POST", button.form.action, { target: "#act-body", swap: "innerHTML", values });
  if (document.getElementById("act-body").childElementCount) dialog.showModal();
});
