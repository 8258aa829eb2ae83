(() => {
  "use strict";
  const form = document.getElementById("filter");
  const text = document.getElementById("filter-text");
  const count = document.getElementById("filter-count");
  const steps = [...document.querySelectorAll("details.step")];
  const rows = [...document.querySelectorAll(".timeline tbody tr")];
  const show = () => {
    const wanted = text.value.trim().toLowerCase();
    const tone = form.elements.tone.value;
    const fits = (e) => e.dataset.name.toLowerCase().includes(wanted) && (tone === "" || e.dataset.tone === tone);
    let shown = 0;
    for (const e of steps) {
      e.hidden = !fits(e);
      shown += e.hidden ? 0 : 1;
    }
    for (const e of rows) e.hidden = !fits(e);
    count.textContent = shown === steps.length ? "" : shown + " of " + steps.length + " steps";
  };
  const open = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && target.matches("details")) target.open = true;
  };
  form.hidden = steps.length < 2;
  form.addEventListener("input", show);
  form.addEventListener("submit", (e) => e.preventDefault());
  addEventListener("hashchange", open);
  open();
})();
