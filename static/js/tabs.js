// A row of tabs that is wider than the window begins at the one that is open, and fades where there are more.
for (const tabs of document.querySelectorAll(".tabs")) {
  const tell = () => {
    const before = tabs.scrollLeft > 4;
    const after = tabs.scrollLeft + tabs.clientWidth < tabs.scrollWidth - 4;
    tabs.dataset.more = before && after ? "both" : before ? "start" : after ? "end" : "";
  };
  const open = tabs.querySelector("[aria-current]");
  if (open) tabs.scrollLeft = open.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2 - tabs.offsetLeft;
  tabs.addEventListener("scroll", tell, { passive: true });
  new ResizeObserver(tell).observe(tabs);
  tell();
}
