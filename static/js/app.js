/* Everything here is an addition: each page works without it. */
const root = document.documentElement;
const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));

function searchByKey() {
  const box = document.getElementById("q");
  if (!box) return;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

function closeMenus() {
  const open = () => all("details.menu[open]");
  document.addEventListener("click", (event) => {
    open().filter((menu) => !menu.contains(event.target)).forEach((menu) => { menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open().forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
}

function themeChoice() {
  all("input[name=theme]").forEach((radio) => radio.addEventListener("change", () => {
    if (radio.value === "system") delete root.dataset.theme;
    else root.dataset.theme = radio.value;
  }));
}

/* A form goes once; the button comes back when the page is shown again from the browser's memory. */
function sendOnce() {
  const sent = new Set();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (sent.has(form)) { event.preventDefault(); return; }
    sent.add(form);
    setTimeout(() => all("button", form).forEach((button) => { button.disabled = true; }), 0);
  });
  window.addEventListener("pageshow", () => {
    sent.forEach((form) => all("button", form).forEach((button) => { button.disabled = false; }));
    sent.clear();
  });
}

/* A hand scanner types into what has the focus: the field is empty and has it whenever the page is shown. Beside other
   things it waits only where no keyboard would unfold over them. */
function scanField() {
  const field = document.querySelector("[data-scan]");
  if (!field) return;
  const ready = () => {
    if (field.dataset.scan === "select") field.select();
    else field.value = "";
    if (field.autofocus || matchMedia("(pointer: fine)").matches) field.focus({ preventScroll: true });
  };
  window.addEventListener("pageshow", ready);
}

function bulkBar() {
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const boxes = () => all("input[name=tag]");
  const whole = document.querySelector("[data-tick-all]");
  const show = () => {
    const count = boxes().filter((box) => box.checked).length;
    bar.hidden = count === 0;
    bar.querySelector("[data-count]").textContent = String(count);
    if (whole) {
      whole.checked = count > 0 && count === boxes().length;
      whole.indeterminate = count > 0 && !whole.checked;
    }
  };
  document.addEventListener("change", (event) => {
    if (event.target === whole) boxes().forEach((box) => { box.checked = whole.checked; });
    if (event.target === whole || event.target.name === "tag") show();
  });
  window.addEventListener("pageshow", show);
  show();
  bar.dataset.ready = "";
}

/* Fields marked data-for="a b" are shown only while the field named by data-follows holds one of the values. */
function dependentFields() {
  const groups = all("[data-for]");
  if (groups.length === 0) return;
  const show = () => groups.forEach((group) => {
    const control = group.closest("form").elements[group.dataset.follows];
    const fits = group.dataset.for.split(" ").includes(control.value);
    const wrong = group.querySelector("[aria-invalid=true]");
    group.hidden = !fits && !wrong;
    (group.matches("fieldset") ? [group] : all("fieldset", group)).forEach((set) => { set.disabled = group.hidden; });
  });
  document.addEventListener("change", show);
  window.addEventListener("pageshow", show);
  show();
}

/* Suggestions that belong to a choice made elsewhere in the form. */
function narrowedSuggestions() {
  all("datalist[data-narrowed-by]").forEach((list) => {
    const form = list.closest("form");
    const every = Array.from(list.options);
    const show = () => {
      const chosen = form.elements[list.dataset.narrowedBy].value;
      list.replaceChildren(...every.filter((option) => !chosen || option.dataset.group === chosen));
    };
    form.addEventListener("change", show);
    show();
  });
}

function dropFile() {
  all("[data-drop]").forEach((zone) => {
    const input = zone.querySelector("input[type=file]");
    const mark = (on) => (event) => { event.preventDefault(); zone.classList.toggle("drop--over", on); };
    ["dragenter", "dragover"].forEach((name) => zone.addEventListener(name, mark(true)));
    ["dragleave", "drop"].forEach((name) => zone.addEventListener(name, mark(false)));
    zone.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length === 0) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  });
}

/* The element holds its own address; the server answers with the next state of the same element, or 204 when the page
   as a whole should be read again. */
async function poll(element) {
  const pause = Number(element.dataset.every || 2000);
  await new Promise((done) => setTimeout(done, pause));
  if (document.hidden) return poll(element);
  const answer = await fetch(element.dataset.poll, { headers: { Accept: "text/html" } }).catch(() => null);
  if (answer === null || answer.status >= 500) return poll(element);
  if (answer.status !== 200 || answer.redirected) return location.reload();
  element.innerHTML = await answer.text();
  return poll(element);
}

function smallThings() {
  const summary = document.querySelector("[data-errors]");
  if (summary) summary.focus();
  all("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
}

/* Closed details print closed in browsers that cannot style their content. */
function printOpen() {
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = all("details.reveal:not([open])");
    opened.forEach((details) => { details.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
}

[searchByKey, closeMenus, themeChoice, sendOnce, scanField, bulkBar, dependentFields, narrowedSuggestions, dropFile, smallThings, printOpen].forEach((start) => start());
all("[data-poll]").forEach(poll);
