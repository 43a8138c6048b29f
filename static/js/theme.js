// Marks that scripts run, and applies theme and density at once; the form still saves them.
document.documentElement.classList.add("js");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-preferences] button[name=theme], [data-preferences] button[name=density]");
  if (!button) return;
  event.preventDefault();
  document.documentElement.dataset[button.name] = button.value;
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
  const body = new FormData(button.form);
  body.set(button.name, button.value);
  fetch(button.form.action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual" });
});
