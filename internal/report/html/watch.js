"use strict";
// Filters the findings by what is written and chosen, and by a bar of the timeline. Without it the page is whole.
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", () => {
  const $ = (id) => document.getElementById(id);
  if (!$("q")) return;
  const findings = Array.from(document.querySelectorAll(".finding"));
  const buckets = Array.from(document.querySelectorAll(".bucket"));
  const controls = ["q", "severity", "who", "what"].map($);
  const texts = new Map();
  const text = (f) => {
    if (!texts.has(f)) texts.set(f, f.textContent.toLowerCase());
    return texts.get(f);
  };
  let bucket = "";
  const filter = () => {
    const [q, severity, who, what] = controls.map((c) => c.value);
    const words = q.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const f of findings) {
      const d = f.dataset;
      const ok = (!severity || d.severity === severity) && (!who || d.who === who) && (!what || d.what === what) &&
        (!bucket || d.bucket === bucket) && words.every((w) => text(f).includes(w));
      f.hidden = !ok;
      if (ok) shown++;
    }
    for (const b of buckets) b.setAttribute("aria-pressed", String(b.dataset.bucket === bucket));
    $("none").hidden = shown > 0;
    $("shown").textContent = shown === findings.length ? `${shown} findings` : `${shown} of ${findings.length} findings`;
  };
  for (const c of controls) c.addEventListener("input", filter);
  for (const b of buckets) {
    const press = () => {
      bucket = bucket === b.dataset.bucket ? "" : b.dataset.bucket;
      filter();
    };
    b.addEventListener("click", press);
    b.addEventListener("keydown", (e) => {
      if (e.key !== "Enter" && e.key !== " ") return;
      e.preventDefault();
      press();
    });
  }
  $("reset").addEventListener("click", () => {
    for (const c of controls) c.value = "";
    bucket = "";
    filter();
    controls[0].focus();
  });
  filter();
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.matches("details")) return;
    target.hidden = false;
    target.open = true;
    target.scrollIntoView({ block: "start" });
  };
  window.addEventListener("hashchange", reveal);
  reveal();
  window.addEventListener("beforeprint", () => {
    for (const d of document.querySelectorAll(".finding")) d.open = true;
  });
});
