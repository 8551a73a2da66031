"use strict";
// Filters the findings and opens the cells of the matrix in a panel. Without it the page is whole: cells are links to
// findings, and findings are details elements.
document.documentElement.classList.add("js");
document.addEventListener("DOMContentLoaded", () => {
  const $ = (id) => document.getElementById(id);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const findings = all(".finding");
  const sections = all(".db");
  const rows = all(".matrix tbody tr");
  const controls = ["q", "severity", "state", "level"].map($);

  // Text of a finding and of the heading it stands under, made when first searched.
  const texts = new Map();
  const text = (f) => {
    if (!texts.has(f)) {
      const near = f.closest(".db").querySelector("h3 .name").textContent;
      texts.set(f, (near + " " + f.textContent).toLowerCase());
    }
    return texts.get(f);
  };

  const filter = () => {
    const [q, severity, state, level] = controls.map((c) => c.value.trim().toLowerCase());
    const words = q.split(/\s+/).filter(Boolean);
    const active = Boolean(q || severity || state || level);
    const cells = new Set();
    let shown = 0;
    for (const f of findings) {
      const d = f.dataset;
      const ok = (!severity || d.severity === severity) && (!state || d.state === state) &&
        (!level || d.level.toLowerCase() === level) && words.every((w) => text(f).includes(w));
      f.hidden = !ok;
      if (!ok) continue;
      shown++;
      for (const db of d.dbs.split(" ")) cells.add(db).add(db + " " + d.topic);
    }
    for (const r of all(".rest")) {
      r.hidden = active && !r.querySelector(".finding:not([hidden])");
      if (active && !r.hidden && (state === "passed" || state === "not-demanded")) r.open = true;
    }
    for (const s of all(".shared")) s.hidden = active;
    for (const s of sections) s.hidden = active && !s.querySelector(".finding:not([hidden])");
    for (const r of rows) {
      r.hidden = active && !cells.has(r.dataset.section);
      for (const c of all("a.cell", r)) {
        c.classList.toggle("dim", active && !cells.has(c.dataset.section + " " + c.dataset.topic));
      }
    }
    $("none").hidden = !active || shown > 0;
    $("shown").textContent = active ? `${shown} of ${findings.length} findings` : `${findings.length} findings`;
  };
  for (const c of controls) c.addEventListener("input", filter);
  $("reset").addEventListener("click", () => {
    for (const c of controls) c.value = "";
    filter();
    controls[0].focus();
  });
  filter();

  // Reveal a finding that a link points to, even when it is filtered out or folded away.
  const reveal = (hash) => {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (!target) return;
    for (let e = target; e; e = e.parentElement) {
      if (e.hidden) e.hidden = false;
      if (e.matches("details")) e.open = true;
    }
    target.scrollIntoView({ block: "start" });
  };
  window.addEventListener("hashchange", () => reveal(location.hash));
  reveal(location.hash);

  const panel = $("panel");
  const open = (cell) => {
    const row = cell.closest("tr");
    const column = all("th", cell.closest("table").tHead)[cell.parentElement.cellIndex];
    const { section, topic } = cell.dataset;
    const body = $("panel-body");
    body.replaceChildren();
    $("panel-title").textContent = row.querySelector("th a").textContent + " · " + column.textContent;
    findings.filter((f) => f.dataset.topic === topic && f.dataset.dbs.split(" ").includes(section)).forEach((f, i) => {
      const copy = f.cloneNode(true);
      copy.removeAttribute("id");
      copy.hidden = false;
      copy.open = i === 0;
      body.append(copy);
    });
    panel.showModal();
    panel.querySelector(".sheet").scrollTop = 0;
  };
  for (const m of all(".matrix")) {
    m.addEventListener("click", (e) => {
      const cell = e.target.closest("a.cell");
      if (!cell || e.ctrlKey || e.metaKey || e.shiftKey) return;
      e.preventDefault();
      open(cell);
    });
    m.addEventListener("keydown", (e) => {
      const cell = e.target.closest("a.cell");
      if (!cell || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
      if (e.key === "Enter" || e.key === " ") {
        e.preventDefault(); // else the same key press reaches the panel's close button
        open(cell);
        return;
      }
      const td = cell.parentElement;
      const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[e.key];
      if (!step) return;
      e.preventDefault();
      let [r, c] = [rows.indexOf(td.parentElement), td.cellIndex];
      for (;;) {
        [r, c] = [r + step[0], c + step[1]];
        const next = rows[r] && rows[r].cells[c];
        if (!next) return;
        const link = !rows[r].hidden && next.querySelector("a.cell");
        if (link) return link.focus();
      }
    });
  }
  $("close").addEventListener("click", () => panel.close());
  panel.addEventListener("click", (e) => {
    if (e.target === panel) panel.close();
  });
  window.addEventListener("beforeprint", () => {
    for (const d of all(".finding, .settle details")) d.open = true;
  });
});
