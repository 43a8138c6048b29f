// The print button of a page for the customer.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
