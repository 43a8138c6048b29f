// j/k move, n/p step to the neighbour, enter opens, x chooses, e edits, d and s act on the row, / searches, ? lists the keys.
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
const current = () => document.querySelector("[data-row].is-current");

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Escape" && !typing(event.target)) document.dispatchEvent(new Event("rows:clear"));
  if (typing(event.target)) return;
  const act = keys[event.key];
  if (act && act(event) !== false) event.preventDefault();
});

const keys = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => current() !== null && move(1),
  ArrowUp: () => current() !== null && move(-1),
  Enter: (event) => !event.target.closest("a, button, summary, input") && open(),
  x: () => press("[data-pick]"),
  X: (event) => press("[data-pick]", event),
  e: () => focusOn(current()?.querySelector(".inline-field, [data-edit]")),
  d: () => press("[data-key=d]"),
  s: () => press("[data-key=s]"),
  n: () => step("next"),
  p: () => step("prev"),
  "/": () => focusOn(document.querySelector("[data-find]")),
  "?": () => document.getElementById("keys")?.showModal(),
};

function typing(target) {
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");
}

function move(step) {
  const all = rows();
  if (!all.length) return false;
  const here = all.indexOf(current());
  stand(all[Math.min(Math.max(here + step, 0), all.length - 1)]);
}

function stand(row) {
  current()?.classList.remove("is-current");
  row.classList.add("is-current");
  row.scrollIntoView({ block: "nearest" });
  (row.querySelector("a.name, .name a, a") ?? row).focus({ preventScroll: true });
}

function step(way) {
  const link = document.querySelector(`a[data-step="${way}"]`);
  if (!link) return false;
  location.assign(link.href);
}

function open() {
  const address = current()?.dataset.href;
  if (!address) return false;
  location.assign(address);
}

function press(selector, event) {
  const target = current()?.querySelector(selector);
  if (!target) return false;
  target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey: Boolean(event?.shiftKey) }));
}

function focusOn(field) {
  if (!field) return false;
  field.focus();
  field.select?.();
}

document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row && row !== current()) {
    current()?.classList.remove("is-current");
    row.classList.add("is-current");
  }
});
