// Inline edit: enter saves and moves down, escape restores, leaving a changed field saves it. Without scripts the form is a form.
const field = (target) => target.closest?.(".inline-field");

document.addEventListener("keydown", (event) => {
  const here = field(event.target);
  if (!here) return;
  if (event.key === "Escape") {
    here.value = here.defaultValue;
    here.blur();
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    const next = below(here);
    save(here);
    if (next) next.focus(); else here.blur();
  }
});

document.addEventListener("focusout", (event) => {
  const here = field(event.target);
  if (here) save(here);
});

document.addEventListener("change", (event) => {
  const here = field(event.target);
  if (here && event.target.type !== "text" && event.target.tagName !== "TEXTAREA" && event.target.type !== "date") save(here);
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-inline]");
  if (!form || form.hasAttribute("hx-post")) return;
  event.preventDefault();
  send(form);
});

function below(here) {
  const all = [...document.querySelectorAll(`.inline-field[name="${CSS.escape(here.name)}"]`)];
  return all[all.indexOf(here) + 1];
}

function save(here) {
  if (here.value === (here.dataset.saved ?? here.defaultValue)) return;
  here.dataset.saved = here.value;
  if (here.form.reportValidity()) here.form.requestSubmit();
}

async function send(form) {
  form.classList.add("is-saving");
  const fields = [...form.querySelectorAll(".inline-field")];
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(await reason(answer));
    for (const each of fields) {
      each.defaultValue = each.dataset.saved = each.value;
      each.removeAttribute("aria-invalid");
    }
    note(form, "");
  } catch (error) {
    for (const each of fields) {
      delete each.dataset.saved;
      each.setAttribute("aria-invalid", "true");
    }
    note(form, error.message);
  } finally {
    form.classList.remove("is-saving");
  }
}

async function reason(answer) {
  const text = answer.headers.get("content-type")?.includes("json") ? JSON.stringify(await answer.json()) : await answer.text();
  return text.length < 200 && !text.includes("<") ? text : failed();
}

function failed() {
  return document.getElementById("toasts")?.dataset.failed ?? "Not saved";
}

function note(form, words) {
  const place = form.querySelector(".inline-note") ?? form.appendChild(Object.assign(document.createElement("p"), { className: "inline-note", role: "alert" }));
  place.textContent = words;
}

// What was chosen among the found, and where the keyboard stood, is kept when a search that was still under way comes in.
let kept = null;
document.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  if (!target.matches?.("[data-keeps-choice]")) return;
  const focused = target.contains(document.activeElement) ? document.activeElement.value : null;
  kept = { place: target.id, chosen: target.querySelector("input:checked")?.value, focused };
});
document.addEventListener("htmx:afterSwap", () => {
  const { place, chosen, focused } = kept ?? {};
  kept = null;
  for (const input of document.getElementById(place)?.querySelectorAll("input[type=radio]") ?? []) {
    if (input.value === chosen) input.checked = true;
    if (input.value === focused) input.focus();
  }
});
