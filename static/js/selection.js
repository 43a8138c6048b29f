// Rows that are chosen: shift takes the rows between, the head takes all, the bar counts and adds up.
const picks = () => [...document.querySelectorAll("[data-pick]")];
const bar = () => document.querySelector("[data-selection]");
let last = null;

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  if (event.shiftKey && last?.isConnected) between(last, box);
  last = box;
  tell();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of picks()) box.checked = event.target.checked;
  if (event.target.matches("[data-pick-all], [data-pick]")) tell();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-clear]")) clear();
});

// keyboard.js asks for these with an event of the document
document.addEventListener("rows:clear", clear);

function between(from, to) {
  const all = picks();
  const [start, end] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
  for (const box of all.slice(start, end + 1)) box.checked = to.checked;
}

function clear() {
  for (const box of picks()) box.checked = false;
  tell();
}

function tell() {
  const all = picks();
  const chosen = all.filter((box) => box.checked);
  const head = document.querySelector("[data-pick-all]");
  if (head) {
    head.checked = chosen.length > 0 && chosen.length === all.length;
    head.indeterminate = chosen.length > 0 && chosen.length < all.length;
  }
  if (!bar()) return;
  const whole = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 0 });
  const sum = chosen.reduce((total, box) => total + Number(box.closest("[data-row]")?.dataset.amount || 0), 0);
  for (const place of bar().querySelectorAll("[data-count]")) place.textContent = whole.format(chosen.length);
  for (const place of bar().querySelectorAll("[data-sum]")) {
    const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: place.dataset.sum || "EUR", maximumFractionDigits: 0 });
    place.textContent = money.format(sum);
  }
}

document.addEventListener("htmx:afterSettle", tell);
tell();
