// A card dragged onto another column sends the form that stands on it: what the menu does, by hand.
let dragged = null;

for (const board of document.querySelectorAll("[data-board]")) {
  board.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".board-card");
    dragged?.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
  });
  board.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    over(board, null);
    dragged = null;
  });
  board.addEventListener("dragover", (event) => {
    const column = event.target.closest("[data-stage]");
    if (!dragged || !column) return;
    event.preventDefault();
    over(board, column);
  });
  board.addEventListener("drop", (event) => {
    const column = event.target.closest("[data-stage]");
    const form = dragged?.querySelector("form");
    if (!column || !form || column.contains(dragged)) return;
    event.preventDefault();
    form.elements.stage.value = column.dataset.stage;
    form.requestSubmit();
  });
}

function over(board, column) {
  for (const each of board.querySelectorAll(".is-over")) if (each !== column) each.classList.remove("is-over");
  column?.classList.add("is-over");
}
