// Receipts and quick looks: a plain link that, with scripts, opens in the side sheet.
const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");
let asked = 0;

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-sheet]");
  if (!link || !sheet || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  show(link.href);
});

// A link that shows a sign says in a tip what it says aloud; written once it is pointed at, as a page may have thousands.
document.addEventListener("pointerover", (event) => {
  const link = event.target.closest("a[data-sheet][aria-label]:not([title])");
  if (link) link.title = link.getAttribute("aria-label");
});

async function show(url) {
  const mine = ++asked;
  sheet.querySelector("[data-sheet-page]").href = url;
  body.setAttribute("aria-busy", "true");
  if (!sheet.open) {
    body.replaceChildren();
    sheet.showModal();
  }
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "sheet-body" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const text = await answer.text();
    if (mine === asked) fill(text);
  } catch {
    if (mine === asked) location.assign(url);
  }
}

function fill(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const part = page.querySelector("main") ?? page.body;
  body.replaceChildren(...part.childNodes);
  body.removeAttribute("aria-busy");
  window.htmx?.process(body);
  sheet.scrollTop = 0;
}

sheet?.addEventListener("close", () => { asked += 1; });
