// Short news from the server: an `HX-Trigger: {"toast": "Saved"}` header, or a "toast" event of the page.
const place = document.getElementById("toasts");

document.addEventListener("toast", (event) => {
  const words = event.detail?.value ?? event.detail;
  if (!place || !words) return;
  const toast = Object.assign(document.createElement("p"), { className: "toast", textContent: String(words) });
  place.append(toast);
  setTimeout(() => toast.remove(), 6000);
});

document.addEventListener("htmx:responseError", () => tell(place?.dataset.failed));
document.addEventListener("htmx:sendError", () => tell(place?.dataset.offline));

function tell(words) {
  if (words) document.dispatchEvent(new CustomEvent("toast", { detail: words }));
}
